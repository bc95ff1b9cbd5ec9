import { Module } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import { HeldPolls } from './held-polls.js';
import { IdlePollPath } from './idle-poll.js';
import { ManifestPolls } from './manifest-polls.service.js';
import { ManifestsController } from './manifests.controller.js';
import { POLL_INTERVAL_SECONDS, PollTiming } from './poll-timing.js';

@Module({})
export class ManifestsModule {
  static forRoot(pollIntervalSeconds: number): DynamicModule {
    return {
      module: ManifestsModule,
      controllers: [ManifestsController],
      providers: [
        HeldPolls,
        ManifestPolls,
        PollTiming,
        IdlePollPath,
        { provide: POLL_INTERVAL_SECONDS, useValue: pollIntervalSeconds },
      ],
      exports: [HeldPolls, PollTiming],
    };
  }
}
