import { setTimeout as sleep } from 'node:timers/promises';
import type { JobEvent, JobLogLine } from '@kernelcast/contracts';
import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { JobEventsRepository, type EventsAfter } from './job-events.repository.js';
import { endsLog, isEnded } from './job-rules.js';
import { toLogLine } from './log-lines.js';
import { TrainingJobsService } from './training-jobs.service.js';

/** Milliseconds between two looks at a log that somebody follows. */
const POLL_MS = 300;
const BATCH = 500;
/** Events that are lines of the log; steps are a curve, and checkpoints a list of their own. */
const LOG_TYPES = ['log', 'state'] as const;

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
  async list(projectId: string, query: EventsAfter): Promise<JobEvent[]> {
    await this.jobs.stateOf(projectId, query.jobId);
    return this.events.list(query);
  }

  /** @throws AppError `job_not_found` */
  async logs(projectId: string, query: EventsAfter): Promise<JobLogLine[]> {
    return (await this.list(projectId, { ...query, types: LOG_TYPES })).map(toLogLine);
  }

  /**
   * Follows a job's log to its end. Yields what is new, every 300 ms, also when that is nothing.
   * @throws AppError `job_not_found`, before the first batch
   */
  async follow(projectId: string, jobId: string, after: number): Promise<AsyncGenerator<JobEvent[]>> {
    await this.jobs.stateOf(projectId, jobId);
    return this.tail(projectId, jobId, after);
  }

  private async *tail(projectId: string, jobId: string, after: number): AsyncGenerator<JobEvent[]> {
    let last = after;
    while (!this.stopping.signal.aborted) {
      // Asked before the events: a job that had ended by then has its last event among them.
      const state = await this.jobs.stateOf(projectId, jobId);
      const batch = await this.events.list({ jobId, after: last, limit: BATCH });
      const newest = batch.at(-1);
      last = newest?.id ?? last;
      yield batch;
      // A failed job may have been retried since: only what comes last in its log can be the end.
      if (newest ? endsLog(newest) : isEnded(state)) return;
      if (batch.length < BATCH)
        await sleep(POLL_MS, undefined, { signal: this.stopping.signal }).catch(() => undefined);
    }
  }
}
