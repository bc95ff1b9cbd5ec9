import { Module } from '@nestjs/common';
import { FleetEventsModule } from '../fleet-events/fleet-events.module.js';
import { ModulatorsModule } from '../modulators/modulators.module.js';
import { DeltaMaking } from './delta-making.service.js';
import { DeltasController } from './deltas.controller.js';
import { DeltasRepository } from './deltas.repository.js';

@Module({
  imports: [FleetEventsModule, ModulatorsModule],
  controllers: [DeltasController],
  providers: [DeltasRepository, DeltaMaking],
})
export class DeltasModule {}
