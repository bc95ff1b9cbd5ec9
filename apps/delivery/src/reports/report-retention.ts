import { Inject, Injectable, Logger } from '@nestjs/common';
import type { OnApplicationBootstrap, OnModuleDestroy } from '@nestjs/common';
import { ReportsRepository } from './reports.repository.js';

/** Days for which reports are kept; 0 for ever. */
export const REPORT_RETENTION_DAYS = Symbol('REPORT_RETENTION_DAYS');

const DAY_MS = 86_400_000;
const INTERVAL_MS = 15 * 60_000;
/** Rows of one statement: a short one, among those that devices wait for. */
const CHUNK = 5_000;

/** Deletes old reports. What a slot runs stays: that is a row of its own, of which there is one a slot. */
@Injectable()
export class ReportRetention implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger(ReportRetention.name);
  private timer: NodeJS.Timeout | undefined;
  private isEnding = false;

  constructor(
    private readonly repository: ReportsRepository,
    @Inject(REPORT_RETENTION_DAYS) private readonly days: number,
  ) {}

  onApplicationBootstrap(): void {
    if (this.days === 0) return;
    this.timer = setInterval(() => void this.sweep(new Date()), INTERVAL_MS);
    this.timer.unref();
  }

  onModuleDestroy(): void {
    this.isEnding = true;
    clearInterval(this.timer);
  }

  /** Several replicas may do it at once: each takes rows that no other has. Never rejects. @returns rows deleted */
  async sweep(now: Date): Promise<number> {
    const before = new Date(now.getTime() - this.days * DAY_MS);
    let deleted = 0;
    try {
      for (let last = CHUNK; last === CHUNK && !this.isEnding; deleted += last) {
        last = await this.repository.deleteOld(before, CHUNK);
      }
    } catch (error) {
      this.logger.warn(`old reports are left for later: ${String(error)}`);
    }
    if (deleted > 0) this.logger.log(`${deleted} reports older than ${this.days} days deleted`);
    return deleted;
  }
}
