import { Injectable, Logger } from '@nestjs/common';
import type { OnApplicationBootstrap, OnModuleDestroy } from '@nestjs/common';
import { Counter, Gauge, Registry } from 'prom-client';
import { FleetState } from '../fleet/fleet-state.js';
import { LoadMonitor } from '../load/load-monitor.js';
import { PresenceRepository } from './presence.repository.js';
import { RowQueue } from './row-queue.js';

const FLUSH_INTERVAL_MS = 3_000;
/** Rows of one write. */
const BATCH = 5_000;
/** Rows of one flush: what a large fleet leaves unwritten is merged with what comes, so writes stay below a bound. */
const MOST_PER_FLUSH = 20_000;
/** Devices whose times wait to be written, four bytes each; beyond it presence is shed, polls are not. */
const CAPACITY = 2_000_000;

/** When devices were last seen: noted in their rows by every poll, written in batches. */
@Injectable()
export class Presence implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger(Presence.name);
  private readonly queue = new RowQueue(CAPACITY);
  private shedCount = 0;
  private timer: NodeJS.Timeout | undefined;
  private writing: Promise<void> = Promise.resolve();

  constructor(
    private readonly repository: PresenceRepository,
    private readonly fleet: FleetState,
    private readonly load: LoadMonitor,
    registry: Registry,
  ) {
    const { queue } = this;
    const shed = (): number => this.shedCount;
    new Counter({
      name: 'kernelcast_last_seen_shed_total',
      help: 'Last-seen times given up, under load or because too many wait for the database',
      registers: [registry],
      collect() {
        this.reset();
        this.inc(shed());
      },
    });
    new Gauge({
      name: 'kernelcast_last_seen_waiting',
      help: 'Devices whose last-seen time waits to be written',
      registers: [registry],
      collect() {
        this.set(queue.size);
      },
    });
  }

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => void this.flush(), FLUSH_INTERVAL_MS);
    this.timer.unref();
  }

  async onModuleDestroy(): Promise<void> {
    clearInterval(this.timer);
    await this.flush();
  }

  /** Notes that the device of a row was seen, unless there is too much else to do. @param seconds Unix time */
  note(row: number, seconds: number): void {
    const { rows } = this.fleet;
    rows.setSeen(row, seconds);
    if (rows.isUnwritten(row)) return;
    if (!this.load.shedsPresence && this.queue.push(row)) rows.setUnwritten(row, true);
    else this.shedCount++;
  }

  /** Writes what was noted so far, up to a bound; one write at a time. Never rejects. */
  flush(): Promise<void> {
    this.writing = this.writing.then(() => this.writeSome());
    return this.writing;
  }

  private async writeSome(): Promise<void> {
    for (let left = Math.min(this.queue.size, MOST_PER_FLUSH); left > 0; left -= BATCH) {
      const batch = this.take(Math.min(left, BATCH));
      try {
        if (batch.size > 0) await this.repository.write(batch);
      } catch (error) {
        this.logger.debug(`last-seen times are kept for later: ${String(error)}`);
        this.keep(batch);
        return;
      }
    }
  }

  private take(count: number): Map<string, number> {
    const { rows } = this.fleet;
    const batch = new Map<string, number>();
    for (const row of this.queue.take(count)) {
      // The row of a device that was removed meanwhile is empty, or another device's that has not been seen.
      if (!rows.isUnwritten(row)) continue;
      rows.setUnwritten(row, false);
      batch.set(rows.idOf(row), rows.seen(row) * 1000);
    }
    return batch;
  }

  private keep(batch: ReadonlyMap<string, number>): void {
    for (const [id, at] of batch) {
      const row = this.fleet.rowOf(id);
      if (row >= 0) this.note(row, Math.max(this.fleet.rows.seen(row), at / 1000));
    }
  }
}
