import { Global, Module } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import { Peers } from '../cluster/peers.js';
import { FleetEventsController } from '../events/fleet-events.controller.js';
import { FleetRepository } from './fleet.repository.js';
import { FleetState } from './fleet-state.js';
import { FLEET_SYNC_OPTIONS, FleetSync } from './fleet-sync.service.js';
import type { FleetSyncOptions } from './fleet-sync.service.js';

@Global()
@Module({})
export class FleetModule {
  static forRoot(options: FleetSyncOptions): DynamicModule {
    return {
      module: FleetModule,
      controllers: [FleetEventsController],
      providers: [FleetRepository, FleetState, FleetSync, Peers, { provide: FLEET_SYNC_OPTIONS, useValue: options }],
      exports: [FleetState, FleetSync],
    };
  }
}
