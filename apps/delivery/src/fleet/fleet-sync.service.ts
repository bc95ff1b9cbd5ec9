import { setTimeout as delay } from 'node:timers/promises';
import { Inject, Injectable, Logger } from '@nestjs/common';
import type { BeforeApplicationShutdown, OnApplicationBootstrap } from '@nestjs/common';
import { AppError } from '@kernelcast/platform';
import { DeviceLines } from './device-lines.js';
import { FleetRepository } from './fleet.repository.js';
import { FleetState } from './fleet-state.js';
import type { KnownDevice } from './fleet-state.js';
import type { DeviceRow } from './fleet.types.js';

export const FLEET_SYNC_OPTIONS = Symbol('FLEET_SYNC_OPTIONS');
export interface FleetSyncOptions {
  /** Time between two checks of the fleet version, should a notification be lost. Milliseconds. */
  readonly checkIntervalMs: number;
}

/** Seconds after which a device that is not yet loaded should ask again. */
const LOADING_RETRY_S = 5;

/** Keeps the fleet in memory equal to the database: by notification, and by looking every now and then. */
@Injectable()
export class FleetSync implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly listeners: (() => void)[] = [];
  private readonly ending = new AbortController();
  private readonly logger = new Logger(FleetSync.name);
  private running: Promise<void> | undefined;
  private again = false;
  private timer: NodeJS.Timeout | undefined;
  private failing = false;
  private loading: Promise<void> = Promise.resolve();
  private loaded = false;
  /** About how many devices there are. */
  private expected = 0;

  constructor(
    private readonly repository: FleetRepository,
    private readonly state: FleetState,
    @Inject(FLEET_SYNC_OPTIONS) private readonly options: FleetSyncOptions,
  ) {}

  /** Begins to load the fleet: requests are answered meanwhile, those of devices not yet loaded by 503. */
  onApplicationBootstrap(): void {
    this.loading = this.load();
  }

  /** Resolves when the fleet is in memory; a database that is not there yet is waited for. */
  async whenLoaded(): Promise<void> {
    await this.loading;
  }

  get isLoaded(): boolean {
    return this.loaded;
  }

  /** How far the start has come, in words; nothing once it is over. */
  get progress(): string | undefined {
    return this.loaded ? undefined : `loading: ${this.state.deviceCount} of about ${this.expected} devices`;
  }

  beforeApplicationShutdown(): void {
    clearTimeout(this.timer);
    this.ending.abort();
  }

  /** Tells of every change of what is in memory, after it. */
  onChange(listener: () => void): void {
    this.listeners.push(listener);
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
   * @throws AppError `service_unavailable` while the fleet is being loaded; whatever the database throws
   */
  async lookUp(deviceId: string): Promise<KnownDevice | undefined> {
    if (!this.loaded) {
      throw new AppError('service_unavailable', 'The fleet is being loaded.', { retryAfterSeconds: LOADING_RETRY_S });
    }
    const row = await this.repository.device(deviceId);
    if (row === undefined) return undefined;
    // Registering a base network changes nobody's desired state, so it was not announced.
    // Its groups are to be seen together with the rollouts of the same moment.
    const isAhead = (row.membershipAt ?? 0n) > this.state.version;
    if (isAhead || !this.state.knowsBaseOf(row)) await this.applyPicture();
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
    const takeIn = (devices: DeviceRow[]): void => devices.forEach((device) => void this.state.add(device));
    this.state.apply(await this.repository.picture(this.state.version, takeIn));
    for (const listener of this.listeners) listener();
  }

  private async load(): Promise<void> {
    while (!this.ending.signal.aborted && !this.loaded) {
      this.loaded = await this.tryLoad();
      if (!this.loaded) await this.pause();
    }
    this.schedule();
  }

  private async tryLoad(): Promise<boolean> {
    const started = Date.now();
    try {
      await this.applyPicture();
      this.expected = await this.repository.estimateDevices();
      const lines = new DeviceLines((traits) => this.state.intern(traits));
      await this.repository.deviceLines((bytes) => {
        const line = lines.read(bytes);
        // Whose groups changed since the picture is looked up with the next one.
        if (line.membershipAt <= this.state.version) this.state.put(line.key, line.traits, line);
      });
      this.succeeded();
      const { deviceCount, version } = this.state;
      this.logger.log(`${deviceCount} devices at fleet version ${version}, loaded in ${Date.now() - started} ms`);
      return true;
    } catch (error) {
      this.failed(error);
      return false;
    }
  }

  /** Ends early when the service does. */
  private async pause(): Promise<void> {
    await delay(this.options.checkIntervalMs, undefined, { signal: this.ending.signal }).catch(() => undefined);
  }

  private schedule(): void {
    if (this.ending.signal.aborted) return;
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
