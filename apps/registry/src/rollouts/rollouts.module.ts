import { Module } from '@nestjs/common';
import { AliasesModule } from '../aliases/aliases.module.js';
import { DevicesModule } from '../devices/devices.module.js';
import { FleetEventsModule } from '../fleet-events/fleet-events.module.js';
import { RolloutClock } from './rollout-clock.service.js';
import { RolloutProgressRepository } from './rollout-progress.repository.js';
import { RolloutProgressService } from './rollout-progress.service.js';
import { RolloutRivalsRepository } from './rollout-rivals.repository.js';
import { RolloutApprovals } from './rollout-approvals.service.js';
import { RolloutDeeds } from './rollout-deeds.service.js';
import { RolloutPreviews } from './rollout-preview.service.js';
import { RolloutTargets } from './rollout-targets.js';
import { RolloutSteps } from './rollout-steps.service.js';
import { RolloutVerbs } from './rollout-verbs.service.js';
import { RolloutsController } from './rollouts.controller.js';
import { RolloutsRepository } from './rollouts.repository.js';
import { RolloutsService } from './rollouts.service.js';

@Module({
  imports: [AliasesModule, DevicesModule, FleetEventsModule],
  controllers: [RolloutsController],
  providers: [
    RolloutsRepository,
    RolloutRivalsRepository,
    RolloutProgressRepository,
    RolloutTargets,
    RolloutsService,
    RolloutApprovals,
    RolloutDeeds,
    RolloutSteps,
    RolloutVerbs,
    RolloutProgressService,
    RolloutPreviews,
    RolloutClock,
  ],
})
export class RolloutsModule {}
