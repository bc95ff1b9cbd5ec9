import { Module } from '@nestjs/common';
import { AliasesModule } from '../aliases/aliases.module.js';
import { DevicesModule } from '../devices/devices.module.js';
import { FleetEventsModule } from '../fleet-events/fleet-events.module.js';
import { RolloutClock } from './rollout-clock.service.js';
import { RolloutProgressRepository } from './rollout-progress.repository.js';
import { RolloutProgressService } from './rollout-progress.service.js';
import { RolloutsController } from './rollouts.controller.js';
import { RolloutsRepository } from './rollouts.repository.js';
import { RolloutsService } from './rollouts.service.js';

@Module({
  imports: [AliasesModule, DevicesModule, FleetEventsModule],
  controllers: [RolloutsController],
  providers: [RolloutsRepository, RolloutProgressRepository, RolloutsService, RolloutProgressService, RolloutClock],
})
export class RolloutsModule {}
