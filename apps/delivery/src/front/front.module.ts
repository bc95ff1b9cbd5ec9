import { Module } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import { ManifestsModule } from '../manifests/manifests.module.js';
import { PresenceModule } from '../presence/presence.module.js';
import { FrontPolls } from './front-polls.js';
import { PollFront } from './poll-front.js';

@Module({})
export class FrontModule {
  static forRoot(pollIntervalSeconds: number): DynamicModule {
    return {
      module: FrontModule,
      imports: [ManifestsModule.forRoot(pollIntervalSeconds), PresenceModule],
      providers: [FrontPolls, PollFront],
    };
  }
}
