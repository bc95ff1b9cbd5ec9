import { Module } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import { BlobMetrics } from './blob-metrics.js';
import { BLOB_OPTIONS } from './blob-options.js';
import type { BlobOptions } from './blob-options.js';
import { BlobPath } from './blob-path.js';
import { BlobSender } from './blob-sender.js';
import { BlobSource } from './blob-source.js';
import { BlobsController } from './blobs.controller.js';

@Module({})
export class BlobsModule {
  static forRoot(options: BlobOptions): DynamicModule {
    return {
      module: BlobsModule,
      controllers: [BlobsController],
      providers: [BlobMetrics, BlobSource, BlobSender, BlobPath, { provide: BLOB_OPTIONS, useValue: options }],
    };
  }
}
