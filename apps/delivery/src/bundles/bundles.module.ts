import { Module } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import { BundleOrdersController, ORDER_KEY } from './bundle-orders.controller.js';
import { BundlesRepository } from './bundles.repository.js';
import { BundlesService } from './bundles.service.js';

/** Signs manifests that operators carry to devices without a network. */
@Module({})
export class BundlesModule {
  static forRoot(masterKey: Uint8Array): DynamicModule {
    return {
      module: BundlesModule,
      controllers: [BundleOrdersController],
      providers: [BundlesRepository, BundlesService, { provide: ORDER_KEY, useValue: masterKey }],
    };
  }
}
