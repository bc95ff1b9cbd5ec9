import { Controller } from '@nestjs/common';
import { EventPattern } from '@nestjs/microservices';
import { FLEET_CHANGED } from '@kernelcast/contracts';
import { Peers } from '../cluster/peers.js';
import { FleetSync } from '../fleet/fleet-sync.service.js';

/** Hears of changes from the registry. An event only says "look": what changed is read from the database. */
@Controller()
export class FleetEventsController {
  constructor(
    private readonly sync: FleetSync,
    private readonly peers: Peers,
  ) {}

  @EventPattern<string>(FLEET_CHANGED)
  async fleetChanged(): Promise<void> {
    this.peers.tell();
    await this.sync.refresh();
  }
}
