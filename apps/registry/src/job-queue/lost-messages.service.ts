import { setTimeout as sleep } from 'node:timers/promises';
import { acceleratorSchema } from '@kernelcast/contracts';
import { Database, type Prisma } from '@kernelcast/database';
import type { Logger } from '@kernelcast/platform';
import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { LOGGER } from '../config/registry.config.js';
import { JobQueue, type QueuedJob } from './job-queue.service.js';

const INTERVAL_MS = 10_000;
/** Between a first look and a second one: what is on its way, to a trainer or out of the queue, has arrived by then. */
const SECOND_LOOK_MS = 2_000;
/** Jobs of one look; the next look goes on behind them. */
const BATCH = 200;

/** Jobs that a trainer has or is to get, and whose message was sent. */
const EXPECTED = { state: { in: ['queued', 'running', 'evaluating'] } } satisfies Prisma.TrainingJobWhereInput;

/**
 * Brings back the messages of jobs that have not ended, where the queue has lost them: a Redis that came back without
 * what it last wrote, or a message that failed although its job did not. The database has the truth about a job; without
 * this, such a job would wait for ever. A message too many does no harm: whoever takes it takes a lease of its own.
 */
@Injectable()
export class LostMessages implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly stopping = new AbortController();
  private running: Promise<void> = Promise.resolve();
  private after = '';

  constructor(
    private readonly db: Database,
    private readonly queue: JobQueue,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  onApplicationBootstrap(): void {
    this.running = this.watch();
  }

  async onModuleDestroy(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }

  /** Looks at the next jobs. @returns ids of those whose message was brought back */
  async sweep(): Promise<string[]> {
    const missing = await this.missing(await this.nextJobs());
    if (missing.length === 0) return [];
    await this.pause(SECOND_LOOK_MS);
    const found: string[] = [];
    for (const job of await this.missing(missing)) if (await this.bringBack(job)) found.push(job.id);
    if (found.length > 0) {
      this.logger.warn({ jobs: found }, 'the queue had lost jobs; they are queued again');
      this.queue.kick();
    }
    return found;
  }

  private async watch(): Promise<void> {
    while (!this.stopping.signal.aborted) {
      await this.pause(INTERVAL_MS);
      if (this.stopping.signal.aborted) return;
      await this.sweep().catch((err: unknown) => this.logger.warn({ err }, 'cannot look for lost jobs'));
    }
  }

  private async nextJobs(): Promise<QueuedJob[]> {
    const rows = await this.db.prisma.trainingJob.findMany({
      where: { ...EXPECTED, id: { gt: this.after } },
      orderBy: { id: 'asc' },
      take: BATCH,
      select: { id: true, accelerator: true, priority: true },
    });
    this.after = rows.length < BATCH ? '' : (rows.at(-1)?.id ?? '');
    return rows.map((row) => ({ ...row, accelerator: acceleratorSchema.parse(row.accelerator) }));
  }

  private async missing(jobs: readonly QueuedJob[]): Promise<QueuedJob[]> {
    const present = await Promise.all(jobs.map((job) => this.queue.has(job)));
    return jobs.filter((_, i) => !present[i]);
  }

  /** Does nothing for a job that has ended since, or whose message is still to be sent. */
  private bringBack(job: QueuedJob): Promise<boolean> {
    return this.db.transaction(async (tx) => {
      await tx.$queryRaw`SELECT 1 FROM training_jobs WHERE id = ${job.id} FOR UPDATE`;
      const expected = await tx.trainingJob.count({ where: { id: job.id, ...EXPECTED } });
      const onItsWay = await tx.outboxMessage.count({ where: { messageId: job.id, sentAt: null } });
      if (expected === 0 || onItsWay > 0) return false;
      await this.queue.enqueue(tx, job);
      return true;
    });
  }

  private pause(ms: number): Promise<void> {
    return sleep(ms, undefined, { signal: this.stopping.signal }).catch(() => undefined);
  }
}
