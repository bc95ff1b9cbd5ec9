import os from 'node:os';
import { newId, type Database } from '@kernelcast/database';
import type { Logger } from '@kernelcast/platform';

/** Well below the time after which the registry takes a silent trainer for gone. */
const HEARTBEAT_MS = 5_000;

export interface PresenceOptions {
  readonly database: Database;
  readonly logger: Logger;
  readonly version: string;
  /** What it computes with, as far as that is known by now. */
  readonly backend: () => string;
  readonly accelerator: 'cpu' | 'gpu';
  readonly concurrency: number;
  /** Jobs in work at this moment. */
  readonly running: () => number;
  readonly heartbeatMs?: number;
}

/** What a trainer lets others know of itself: a row that it renews for as long as it lives, and takes away when it leaves. */
export class TrainerPresence {
  private readonly id = newId('trainer');
  private readonly startedAt = new Date();
  private timer: NodeJS.Timeout | undefined;
  private writing: Promise<void> | undefined;

  constructor(private readonly options: PresenceOptions) {}

  /** Shows the trainer from now on. */
  async start(): Promise<void> {
    this.timer = setInterval(() => void this.beat(), this.options.heartbeatMs ?? HEARTBEAT_MS);
    await this.beat();
  }

  /** Takes the row away. A trainer that cannot is taken for gone a minute later. */
  async leave(): Promise<void> {
    clearInterval(this.timer);
    await this.writing;
    const { database, logger } = this.options;
    await database.prisma.trainer
      .deleteMany({ where: { id: this.id } })
      .catch((err: unknown) => logger.warn({ err }, 'the trainer is still listed'));
  }

  /** One heartbeat at a time: while the database is away, they must not pile up. */
  private beat(): Promise<void> {
    this.writing ??= this.write().finally(() => {
      this.writing = undefined;
    });
    return this.writing;
  }

  private async write(): Promise<void> {
    const { database, logger, running, version, backend, accelerator, concurrency } = this.options;
    const shown = { version, backend: backend(), accelerator, concurrency, running: running(), lastSeenAt: new Date() };
    const create = { ...shown, id: this.id, hostname: os.hostname(), startedAt: this.startedAt };
    await database.prisma.trainer
      .upsert({ where: { id: this.id }, create, update: shown })
      .catch((err: unknown) => logger.warn({ err }, 'a heartbeat was not written'));
  }
}
