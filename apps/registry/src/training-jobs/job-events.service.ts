import { setTimeout as sleep } from 'node:timers/promises';
import type { JobEvent } from '@kernelcast/contracts';
import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { JobEventsRepository, type EventsAfter } from './job-events.repository.js';
import { endsLog, isEnded } from './job-rules.js';
import { TrainingJobsService } from './training-jobs.service.js';

/** Milliseconds between two looks at a log that somebody follows. */
const POLL_MS = 300;
const BATCH = 500;

@Injectable()
export class JobEventsService implements OnModuleDestroy {
  private readonly stopping = new AbortController();

  constructor(
    private readonly events: JobEventsRepository,
    private readonly jobs: TrainingJobsService,
  ) {}

  /** Ends all open streams: their clients go on elsewhere, from the last event they saw. */
  onModuleDestroy(): void {
    this.stopping.abort();
  }

  /** @throws AppError `job_not_found` */
  async list(query: EventsAfter): Promise<JobEvent[]> {
    await this.jobs.get(query.jobId);
    return this.events.list(query);
  }

  /**
   * Follows a job's log to its end. Yields what is new, every 300 ms, also when that is nothing.
   * @throws AppError `job_not_found`, before the first batch
   */
  async follow(jobId: string, after: number): Promise<AsyncGenerator<JobEvent[]>> {
    await this.jobs.get(jobId);
    return this.tail(jobId, after);
  }

  private async *tail(jobId: string, after: number): AsyncGenerator<JobEvent[]> {
    let last = after;
    while (!this.stopping.signal.aborted) {
      // Asked before the events: a job that had ended by then has its last event among them.
      const { state } = await this.jobs.get(jobId);
      const batch = await this.events.list({ jobId, after: last, limit: BATCH });
      last = batch.at(-1)?.id ?? last;
      yield batch;
      if (batch.some(endsLog) || (batch.length === 0 && isEnded(state))) return;
      if (batch.length < BATCH)
        await sleep(POLL_MS, undefined, { signal: this.stopping.signal }).catch(() => undefined);
    }
  }
}
