import { FLEET_CHANGED, type FleetChanged } from '@kernelcast/contracts';
import { Database, readFleetVersion } from '@kernelcast/database';
import { Inject, Injectable, Logger, Optional, type OnApplicationShutdown } from '@nestjs/common';
import type { ClientProxy } from '@nestjs/microservices';
import { lastValueFrom } from 'rxjs';

/** Injection token of the client that reaches the delivery service. */
export const DELIVERY_CLIENT = 'kernelcast:delivery-client';

/**
 * Tells the delivery service that what devices should run may have changed, so that it need not wait for its own next
 * look. A lost message costs seconds, nothing else; so nobody waits for it and its failure is only logged.
 */
@Injectable()
export class FleetNotifier implements OnApplicationShutdown {
  private readonly logger = new Logger(FleetNotifier.name);

  constructor(
    private readonly db: Database,
    @Optional() @Inject(DELIVERY_CLIENT) private readonly client?: ClientProxy,
  ) {}

  /** Call after the transaction that raised the fleet version. */
  changed(): void {
    this.tell().catch((error: unknown) => this.logger.warn(`delivery was not told of a change: ${String(error)}`));
  }

  private async tell(): Promise<void> {
    if (!this.client) return;
    const message: FleetChanged = { fleetVersion: Number(await readFleetVersion(this.db.prisma)) };
    await lastValueFrom(this.client.emit(FLEET_CHANGED, message), { defaultValue: undefined });
  }

  async onApplicationShutdown(): Promise<void> {
    await this.client?.close();
  }
}
