import cluster from 'node:cluster';
import { Injectable } from '@nestjs/common';
import type { OnApplicationBootstrap, OnModuleDestroy } from '@nestjs/common';
import { AggregatorRegistry, Registry } from 'prom-client';
import { FleetSync } from '../fleet/fleet-sync.service.js';
import { workerMessageSchema } from './worker-pool.js';

/** The other workers of this machine. Without Redis, an event reaches one of them, who tells the others. */
@Injectable()
export class Peers implements OnApplicationBootstrap, OnModuleDestroy {
  constructor(
    private readonly sync: FleetSync,
    private readonly registry: Registry,
  ) {}

  onApplicationBootstrap(): void {
    if (!cluster.isWorker) return;
    process.on('message', this.onMessage);
    // From now on this worker answers when the metrics of all are asked for.
    new AggregatorRegistry();
    AggregatorRegistry.setRegistries([this.registry]);
  }

  onModuleDestroy(): void {
    process.off('message', this.onMessage);
  }

  /** Passes on that the fleet changed. */
  tell(): void {
    if (cluster.isWorker && process.connected) process.send?.({ type: 'fleetChanged' });
  }

  private readonly onMessage = (message: unknown): void => {
    const parsed = workerMessageSchema.safeParse(message);
    if (parsed.success && parsed.data.type === 'fleetChanged') void this.sync.refresh();
  };
}
