import { Injectable, Logger } from '@nestjs/common';
import type { OnApplicationBootstrap, OnModuleDestroy } from '@nestjs/common';
import { PresenceRepository } from './presence.repository.js';

const FLUSH_INTERVAL_MS = 3_000;
/** Rows of one write. */
const BATCH = 5_000;
/** Devices remembered while the database is away; beyond it presence is shed, polls are not. */
const CAPACITY = 2_000_000;

/** When devices were last seen: noted in memory by every poll, written in batches. */
@Injectable()
export class Presence implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger(Presence.name);
  private seen = new Map<string, number>();
  private timer: NodeJS.Timeout | undefined;
  private writing: Promise<void> = Promise.resolve();

  constructor(private readonly repository: PresenceRepository) {}

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => void this.flush(), FLUSH_INTERVAL_MS);
    this.timer.unref();
  }

  async onModuleDestroy(): Promise<void> {
    clearInterval(this.timer);
    await this.flush();
  }

  note(deviceId: string, now: Date): void {
    if (this.seen.size < CAPACITY || this.seen.has(deviceId)) this.seen.set(deviceId, now.getTime());
  }

  /** Writes what was noted so far; one write at a time. Never rejects. */
  flush(): Promise<void> {
    this.writing = this.writing.then(() => this.writeAll());
    return this.writing;
  }

  private async writeAll(): Promise<void> {
    const taken = this.seen;
    if (taken.size === 0) return;
    this.seen = new Map();
    const rows = [...taken];
    for (let start = 0; start < rows.length; start += BATCH) {
      const batch = rows.slice(start, start + BATCH);
      try {
        await this.repository.write(new Map(batch));
      } catch (error) {
        this.logger.debug(`last-seen times are kept for later: ${String(error)}`);
        this.keep(rows.slice(start));
        return;
      }
    }
  }

  private keep(rows: readonly [string, number][]): void {
    for (const [id, at] of rows) if (!this.seen.has(id)) this.note(id, new Date(at));
  }
}
