import type { TrainingJobMessage } from '@kernelcast/contracts';
import type { AttemptOutcome, AttemptTools } from './attempt.types.js';
import { JobAttempt } from './job-attempt.js';
import { jobFailure } from './job-rules.js';
import { retryTransient } from './retry-transient.js';
import { sleep } from './sleep.js';
import { LeaseLostError, type LeasedJob } from './training-jobs.types.js';

/** Before a job whose process died is tried again here: long enough for the system to take back its memory. */
const CRASH_PAUSE_MS = 1_000;

/** What becomes of the queue's message: it is done with, or must come to a worker again. */
export type Handled = 'done' | 'again';

/** Brings a job that a queue message names to its end, over as many attempts as it takes. Idempotent. */
export class TrainingJobsWorker {
  constructor(
    private readonly tools: AttemptTools,
    private readonly shutdown: AbortSignal,
  ) {}

  async handle({ trainingJobId }: TrainingJobMessage): Promise<Handled> {
    const { repository, logger } = this.tools;
    while (!this.shutdown.aborted) {
      const result = await this.patiently(() => repository.lease(trainingJobId));
      if (result.kind !== 'taken') {
        logger.info({ jobId: trainingJobId, result }, 'the job needs no work');
        return 'done';
      }
      const { attempt } = result.job.lease;
      logger.info({ jobId: trainingJobId, attempt }, 'the job is taken');
      const outcome = await this.attempt(result.job);
      logger.info({ jobId: trainingJobId, attempt, outcome }, 'the attempt has ended');
      if (outcome === 'released') return 'again';
      if (outcome !== 'retry') return 'done';
      await sleep(CRASH_PAUSE_MS, this.shutdown);
    }
    return 'again';
  }

  private async attempt(job: LeasedJob): Promise<AttemptOutcome> {
    try {
      return await new JobAttempt(this.tools, job, this.shutdown).run();
    } catch (error) {
      this.tools.logger.error({ err: error, jobId: job.lease.jobId }, 'the attempt failed unexpectedly');
      return this.failUnexpectedly(job, error instanceof Error ? error.message : String(error));
    }
  }

  private async failUnexpectedly(job: LeasedJob, reason: string): Promise<AttemptOutcome> {
    const failure = jobFailure('internal', `Unexpected error: ${reason}`);
    try {
      await this.patiently(() => this.tools.repository.fail(job.lease, failure));
      return 'failed';
    } catch (error) {
      if (error instanceof LeaseLostError) return 'lost';
      throw error;
    }
  }

  private patiently<T>(call: () => Promise<T>): Promise<T> {
    return retryTransient(call, {
      signal: this.shutdown,
      onRetry: (err, waitMs) => this.tools.logger.warn({ err, waitMs }, 'database not reachable; trying again'),
    });
  }
}
