import { Module } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import { Registry } from 'prom-client';
import { IdlePollPath } from './idle-poll.js';
import { ManifestPolls, POLL_INTERVAL_SECONDS } from './manifest-polls.service.js';
import { ManifestsController } from './manifests.controller.js';

@Module({})
export class ManifestsModule {
  static forRoot(pollIntervalSeconds: number): DynamicModule {
    const createIdlePath = (polls: ManifestPolls, registry: Registry) => new IdlePollPath(polls, registry);
    return {
      module: ManifestsModule,
      controllers: [ManifestsController],
      providers: [
        ManifestPolls,
        { provide: POLL_INTERVAL_SECONDS, useValue: pollIntervalSeconds },
        { provide: IdlePollPath, useFactory: createIdlePath, inject: [ManifestPolls, Registry] },
      ],
    };
  }
}
