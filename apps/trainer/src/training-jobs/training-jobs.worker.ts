import type { TrainingJobMessage } from '@kernelcast/contracts';
import type { Device } from '../devices/device.types.js';
import type { AttemptOutcome, AttemptPlace, AttemptTools } from './attempt.types.js';
import { JobAttempt } from './job-attempt.js';
import { jobFailure } from './job-rules.js';
import { isTransient, retryTransient } from './retry-transient.js';
import { sleep } from './sleep.js';
import { LeaseLostError, type LeasedJob, type LeaseResult } from './training-jobs.types.js';

/** Before a job whose process died is tried again here: long enough for the system to take back its memory. */
const CRASH_PAUSE_MS = 1_000;
/** A trainer that does not reach the database leaves the message to one that does. */
const LEASE_PATIENCE_MS = 10_000;

/** What becomes of the queue's message: it is done with, or must come to a worker again. */
export type Handled = 'done' | 'again';

/** What is to be done with the message after an attempt; `undefined` when the attempt is to be repeated here. */
const AFTER: Readonly<Record<AttemptOutcome, Handled | undefined>> = {
  succeeded: 'done',
  failed: 'done',
  lost: 'done',
  // Whoever resumes the job puts it into the line again.
  paused: 'done',
  released: 'again',
  adrift: 'again',
  retry: undefined,
};

/** Brings a job that a queue message names to its end, over as many attempts as it takes. Idempotent. */
export class TrainingJobsWorker {
  constructor(
    private readonly tools: AttemptTools,
    private readonly shutdown: AbortSignal,
  ) {}

  /** @throws when the database cannot be reached for long: the message must come to a worker again */
  async handle({ trainingJobId }: TrainingJobMessage, device: Device): Promise<Handled> {
    const { logger } = this.tools;
    while (!this.shutdown.aborted) {
      const result = await this.lease(trainingJobId);
      if (result.kind !== 'taken') {
        logger.info({ jobId: trainingJobId, result }, 'the job needs no work');
        return 'done';
      }
      const { attempt } = result.job.lease;
      logger.info({ jobId: trainingJobId, attempt, device: device.name }, 'the job is taken');
      const outcome = await this.attempt(result.job, { device, shutdown: this.shutdown });
      logger.info({ jobId: trainingJobId, attempt, outcome }, 'the attempt has ended');
      const handled = AFTER[outcome];
      if (handled !== undefined) return handled;
      await sleep(CRASH_PAUSE_MS, this.shutdown);
    }
    return 'again';
  }

  private async lease(jobId: string): Promise<LeaseResult> {
    const { repository, checkpoints, logger } = this.tools;
    const result = await this.patiently(() => repository.lease(jobId), LEASE_PATIENCE_MS);
    if (result.kind === 'given-up')
      await checkpoints.sweep(jobId).catch((err: unknown) => logger.warn({ err, jobId }, 'checkpoints stay for now'));
    return result;
  }

  private async attempt(job: LeasedJob, place: AttemptPlace): Promise<AttemptOutcome> {
    try {
      return await new JobAttempt(this.tools, job, place).run();
    } catch (error) {
      // Not the job's fault: its lease is still there, and whoever gets the message next continues.
      if (isTransient(error)) throw error;
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

  private patiently<T>(call: () => Promise<T>, forAtMostMs?: number): Promise<T> {
    return retryTransient(call, {
      signal: this.shutdown,
      forAtMostMs,
      onRetry: (err, waitMs) => this.tools.logger.warn({ err, waitMs }, 'database not reachable; trying again'),
    });
  }
}
