import { Inject, Injectable, Logger } from '@nestjs/common';
import type { BeforeApplicationShutdown, OnApplicationBootstrap } from '@nestjs/common';
import { ChangeSignal } from './change-signal.js';
import { FleetRepository } from './fleet.repository.js';
import { FleetState } from './fleet-state.js';
import type { KnownDevice } from './fleet-state.js';

export const FLEET_SYNC_OPTIONS = Symbol('FLEET_SYNC_OPTIONS');
export interface FleetSyncOptions {
  /** Time between two checks of the fleet version, should a notification be lost. Milliseconds. */
  readonly checkIntervalMs: number;
}

/** Keeps the fleet in memory equal to the database: by notification, and by looking every now and then. */
@Injectable()
export class FleetSync implements OnApplicationBootstrap, BeforeApplicationShutdown {
  readonly changes = new ChangeSignal();
  private readonly logger = new Logger(FleetSync.name);
  private running: Promise<void> | undefined;
  private again = false;
  private timer: NodeJS.Timeout | undefined;
  private failing = false;

  constructor(
    private readonly repository: FleetRepository,
    private readonly state: FleetState,
    @Inject(FLEET_SYNC_OPTIONS) private readonly options: FleetSyncOptions,
  ) {}

  /** The fleet is loaded before the first poll is answered; a database that is not there yet is waited for. */
  async onApplicationBootstrap(): Promise<void> {
    while (!this.changes.isClosed && !(await this.tryLoad())) {
      await this.changes.next(this.options.checkIntervalMs, NEVER);
    }
    this.schedule();
  }

  beforeApplicationShutdown(): void {
    clearTimeout(this.timer);
    this.changes.close();
  }

  /** Looks for a change now; calls during a look are answered by one more look. Never rejects. */
  refresh(): Promise<void> {
    if (this.running !== undefined) {
      this.again = true;
      return this.running;
    }
    this.running = this.look().finally(() => (this.running = undefined));
    return this.running;
  }

  /**
   * Finds a device that this replica has not seen: it enrolled elsewhere.
   * @throws when the database cannot be asked
   */
  async lookUp(deviceId: string): Promise<KnownDevice | undefined> {
    const row = await this.repository.device(deviceId);
    if (row === undefined) return undefined;
    // Registering a base network changes nobody's desired state, so it was not announced.
    if (!this.state.knowsBaseOf(row)) await this.applyPicture();
    return this.state.add(row);
  }

  private async look(): Promise<void> {
    do {
      this.again = false;
      try {
        if ((await this.repository.version()) !== this.state.version) await this.applyPicture();
        this.succeeded();
      } catch (error) {
        this.failed(error);
      }
    } while (this.again);
  }

  private async applyPicture(): Promise<void> {
    this.state.apply(await this.repository.picture());
    this.changes.wake();
  }

  private async tryLoad(): Promise<boolean> {
    try {
      await this.applyPicture();
      for await (const page of this.repository.devices()) for (const row of page) this.state.add(row);
      this.succeeded();
      this.logger.log(`${this.state.deviceCount} devices at fleet version ${this.state.version}`);
      return true;
    } catch (error) {
      this.failed(error);
      return false;
    }
  }

  private schedule(): void {
    if (this.changes.isClosed) return;
    this.timer = setTimeout(() => void this.refresh().finally(() => this.schedule()), this.options.checkIntervalMs);
    this.timer.unref();
  }

  /** One line when the database goes and one when it is back, not one a look. */
  private failed(error: unknown): void {
    if (!this.failing) this.logger.warn(`answering from memory, the database cannot be read: ${String(error)}`);
    this.failing = true;
  }

  private succeeded(): void {
    if (this.failing) this.logger.log('the database can be read again');
    this.failing = false;
  }
}

const NEVER = new AbortController().signal;
