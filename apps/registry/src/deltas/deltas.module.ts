import { Module } from '@nestjs/common';
import { FleetEventsModule } from '../fleet-events/fleet-events.module.js';
import { DeltaMaking } from './delta-making.service.js';
import { DeltasRepository } from './deltas.repository.js';

@Module({ imports: [FleetEventsModule], providers: [DeltasRepository, DeltaMaking] })
export class DeltasModule {}
