import { Inject, Injectable } from '@nestjs/common';
import { AppError } from '@kernelcast/platform';
import { NO_ROW } from '../fleet/device-table.js';
import { FleetState } from '../fleet/fleet-state.js';
import type { KnownDevice } from '../fleet/fleet-state.js';
import { LoadMonitor } from '../load/load-monitor.js';
import { pollAfterSeconds } from './poll-schedule.js';

export const POLL_INTERVAL_SECONDS = Symbol('POLL_INTERVAL_SECONDS');

/** When devices should come again: by their phase, further apart under load. */
@Injectable()
export class PollTiming {
  constructor(
    private readonly fleet: FleetState,
    private readonly load: LoadMonitor,
    @Inject(POLL_INTERVAL_SECONDS) private readonly intervalSeconds: number,
  ) {}

  get isOverloaded(): boolean {
    return this.load.isOverloaded;
  }

  /** @throws AppError `service_unavailable` when polls are refused */
  assertNotOverloaded({ id }: KnownDevice): void {
    if (!this.load.isOverloaded) return;
    const retryAfterSeconds = this.retryAfterAt(this.fleet.rowOf(id));
    throw new AppError('service_unavailable', 'Too much to do at the moment.', { retryAfterSeconds });
  }

  /** Seconds until a device should poll again. */
  pollAfter({ id }: KnownDevice): number {
    return this.pollAfterAt(this.fleet.rowOf(id), Date.now());
  }

  /** The same for the device of a row. */
  pollAfterAt(row: number, nowMs: number): number {
    return pollAfterSeconds(this.phaseOf(row), nowMs, this.intervalSeconds * this.load.stretch);
  }

  /** Seconds until the refused device of a row should come again. */
  retryAfterAt(row: number): number {
    return this.load.retryAfterSeconds(this.phaseOf(row));
  }

  /** A device's place in the interval: a hash of its id, 0 to 1. */
  private phaseOf(row: number): number {
    return row === NO_ROW ? 0 : this.fleet.rows.hashOf(row) / 2 ** 32;
  }
}
