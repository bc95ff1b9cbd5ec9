import { Module } from '@nestjs/common';
import { DevicesModule } from '../devices/devices.module.js';
import { FleetEventsModule } from '../fleet-events/fleet-events.module.js';
import { ModulatorsModule } from '../modulators/modulators.module.js';
import { RolloutClock } from './rollout-clock.service.js';
import { RolloutProgressRepository } from './rollout-progress.repository.js';
import { RolloutProgressService } from './rollout-progress.service.js';
import { RolloutsController } from './rollouts.controller.js';
import { RolloutsRepository } from './rollouts.repository.js';
import { RolloutsService } from './rollouts.service.js';

@Module({
  imports: [DevicesModule, FleetEventsModule, ModulatorsModule],
  controllers: [RolloutsController],
  providers: [RolloutsRepository, RolloutProgressRepository, RolloutsService, RolloutProgressService, RolloutClock],
})
export class RolloutsModule {}
