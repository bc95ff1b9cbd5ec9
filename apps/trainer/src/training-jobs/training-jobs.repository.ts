import type { JobState } from '@kernelcast/contracts';
import { Database, recordWebhookEvent, type Prisma, type Tx } from '@kernelcast/database';
import { ulid } from 'ulid';
import type { MadeBase } from '../training-child/messages.js';
import { fenced, heldBy } from './fence.js';
import { appendEvent, appendLog, toJson } from './job-events.js';
import { decideLease, exhausted, jobFailure, LEASED_STATES, overdue, type JobFailure } from './job-rules.js';
import { LEASE_PARTS, readLeasedJob } from './leased-job.js';
import { findRival } from './find-rival.js';
import { insertBaseNetwork, type StoredBase } from './made-base.js';
import { insertModulatorVersion } from './modulator-version.js';
import {
  LeaseLostError,
  type FinishedJob,
  type Lease,
  type LeasedMetaJob,
  type LeasedTaskJob,
  type LeaseResult,
  type LeaseState,
  type ProgressUpdate,
} from './training-jobs.types.js';

/** What ran a training, as far as its result depends on it. */
export interface StartedOn {
  readonly backend: string;
  readonly threads: number | undefined;
}

/** Where a job that was given back waits. */
export type GivenBack = 'queued' | 'paused';

/** The rows of training jobs, as far as a worker may touch them. Writes name the lease and touch nothing without it. */
export class TrainingJobsRepository {
  /** @param maxAttempts - times a job may take its worker down */
  constructor(
    private readonly database: Database,
    private readonly maxAttempts: number,
  ) {}

  /** Takes a job: raises its attempt and sets a new fencing token, which ends any earlier lease. */
  lease(jobId: string, now = new Date()): Promise<LeaseResult> {
    return this.database.transaction(async (tx): Promise<LeaseResult> => {
      await tx.$queryRaw`SELECT 1 FROM training_jobs WHERE id = ${jobId} FOR UPDATE`;
      const row = await tx.trainingJob.findUnique({ where: { id: jobId }, include: LEASE_PARTS });
      if (row === null) return { kind: 'skipped', state: 'missing' };
      const decision = decideLease(row, this.maxAttempts, now);
      if (decision === 'skip') return { kind: 'skipped', state: row.state };
      if (decision === 'pause') return pauseAbandoned(tx, jobId);
      if (decision === 'overdue') return close(tx, jobId, overdue(row.deadline ?? now), now);
      if (decision === 'give-up') return close(tx, jobId, exhausted(this.maxAttempts), now);
      const lease: Lease = { jobId, token: ulid(), attempt: row.attempt + 1 };
      const job = readLeasedJob(row, lease, await findRival(tx, row));
      if (job instanceof Error)
        return close(tx, jobId, jobFailure('internal', `The job cannot be read: ${job.message}`), now);
      await tx.trainingJob.update({
        where: { id: jobId },
        data: { state: 'running', attempt: lease.attempt, leaseToken: lease.token, startedAt: row.startedAt ?? now },
      });
      await appendEvent(tx, jobId, 'state', { state: 'running', attempt: lease.attempt });
      return { kind: 'taken', job };
    });
  }

  /** Whether the lease still holds, and what its holder is asked for. */
  async look(lease: Lease): Promise<LeaseState> {
    const row = await this.database.prisma.trainingJob.findFirst({
      where: heldBy(lease),
      select: { pauseRequested: true },
    });
    if (row === null) return 'lost';
    return row.pauseRequested ? 'pause-requested' : 'held';
  }

  /** State of any job; `undefined` when there is none of this id. */
  async stateOf(jobId: string): Promise<JobState | undefined> {
    const row = await this.database.prisma.trainingJob.findUnique({ where: { id: jobId }, select: { state: true } });
    return row?.state;
  }

  /** @throws {LeaseLostError} as every method below. */
  progress(lease: Lease, { progress, estimatedFinish, logged }: ProgressUpdate): Promise<void> {
    const { step, steps, epoch, smoothedLoss, loss, accuracy, imagesPerSecond } = progress;
    return fenced(this.database, lease, { step, steps, epoch, loss: smoothedLoss, estimatedFinish }, async (tx) => {
      if (!logged) return;
      const data = { step, steps, epoch, loss: smoothedLoss, batchLoss: loss, accuracy, imagesPerSecond };
      await appendEvent(tx, lease.jobId, 'step', data);
    });
  }

  /** The child has its backend and its data. */
  started(lease: Lease, { backend, threads }: StartedOn, message: string): Promise<void> {
    return fenced(this.database, lease, { backend, threads: threads ?? null }, (tx) => appendLog(tx, lease, message));
  }

  log(lease: Lease, message: string): Promise<void> {
    return fenced(this.database, lease, {}, (tx) => appendLog(tx, lease, message));
  }

  evaluating(lease: Lease): Promise<void> {
    return fenced(this.database, lease, { state: 'evaluating' }, (tx) =>
      appendEvent(tx, lease.jobId, 'state', { state: 'evaluating' }),
    );
  }

  /** Gives the job back, to be continued by whoever takes it next. That does not count as an attempt. */
  release(lease: Lease, reason: string): Promise<GivenBack> {
    return this.giveBack(lease, lease.attempt - 1, reason);
  }

  /** Gives the job back after its process died, or closes it when that has happened too often. */
  async crashed(
    lease: Lease,
    crash: Pick<JobFailure, 'code' | 'message'>,
    now = new Date(),
  ): Promise<GivenBack | 'failed'> {
    if (lease.attempt < this.maxAttempts) return this.giveBack(lease, lease.attempt, crash.message);
    await this.fail(lease, exhausted(this.maxAttempts, crash), now);
    return 'failed';
  }

  fail(lease: Lease, failure: JobFailure, now = new Date()): Promise<void> {
    return this.database.transaction(async (tx) => {
      if ((await writeFailure(tx, heldBy(lease), failure, now)) === 0) throw new LeaseLostError(lease.jobId);
    });
  }

  /**
   * Registers the modulator version and closes the job, both or neither, once. The artifact must be stored before.
   * @returns id of the modulator version
   */
  finish(job: LeasedTaskJob, finished: FinishedJob, now = new Date()): Promise<string> {
    const { lease } = job;
    const { steps, metrics } = finished;
    const data = { ...LEASELESS, finishedAt: now, step: steps, steps, metrics: toJson(metrics) };
    return this.database.transaction(async (tx) => {
      const { count } = await tx.trainingJob.updateMany({
        where: heldBy(lease),
        data: { ...data, state: 'succeeded' },
      });
      if (count === 0) throw new LeaseLostError(lease.jobId);
      const version = await insertModulatorVersion(tx, job, finished);
      await appendEvent(tx, lease.jobId, 'state', { state: 'succeeded', modulatorVersion: version });
      await recordWebhookEvent(tx, { type: 'modulator_version.registered', subject: version });
      await recordWebhookEvent(tx, { type: 'training_job.succeeded', subject: lease.jobId });
      return version;
    });
  }

  /**
   * Registers the base network of a meta job and closes the job, both or neither, once. Its files must be stored before.
   * @returns id of the base network
   * @throws {NameTakenError}
   */
  finishMeta(
    { lease, ...job }: LeasedMetaJob,
    { steps, metrics, ...made }: StoredBase & Pick<MadeBase, 'steps' | 'metrics'>,
    now = new Date(),
  ): Promise<string> {
    const measured = metrics === null ? {} : { metrics: toJson(metrics) };
    const data = { ...LEASELESS, ...measured, state: 'succeeded', finishedAt: now, step: steps, steps } as const;
    return fenced(this.database, lease, data, async (tx) => {
      const baseNetwork = await insertBaseNetwork(tx, { lease, ...job }, made);
      await appendEvent(tx, lease.jobId, 'state', { state: 'succeeded', baseNetwork });
      await recordWebhookEvent(tx, { type: 'training_job.succeeded', subject: lease.jobId });
      return baseNetwork;
    });
  }

  /** A pause that was asked for is granted on the way: nobody trains a job in the line that is to rest. */
  private giveBack(lease: Lease, attempt: number, reason: string): Promise<GivenBack> {
    return this.database.transaction(async (tx) => {
      const [row] = await tx.$queryRaw<{ pause: boolean }[]>`
        SELECT pause_requested AS pause FROM training_jobs
        WHERE id = ${lease.jobId} AND lease_token = ${lease.token} FOR UPDATE`;
      const state: GivenBack = row?.pause === true ? 'paused' : 'queued';
      const { count } = await tx.trainingJob.updateMany({
        where: heldBy(lease),
        data: { ...LEASELESS, state, attempt },
      });
      if (count === 0) throw new LeaseLostError(lease.jobId);
      await appendLog(tx, lease, reason);
      await appendEvent(tx, lease.jobId, 'state', { state });
      return state;
    });
  }
}

/** What no job keeps that nobody holds. */
const LEASELESS = { leaseToken: null, estimatedFinish: null, pauseRequested: false } as const;

/** Closes a job as failed, whoever held it. */
async function close(tx: Tx, id: string, failure: JobFailure, now: Date): Promise<LeaseResult> {
  await writeFailure(tx, { id }, failure, now);
  return { kind: 'given-up' };
}

async function pauseAbandoned(tx: Tx, id: string): Promise<LeaseResult> {
  await tx.trainingJob.updateMany({
    where: { id, state: { in: [...LEASED_STATES] } },
    data: { ...LEASELESS, state: 'paused' },
  });
  await appendEvent(tx, id, 'state', { state: 'paused' });
  return { kind: 'paused' };
}

async function writeFailure(tx: Tx, where: Prisma.TrainingJobWhereInput, failure: JobFailure, now: Date) {
  const { code, message, retryable } = failure;
  const rows = await tx.trainingJob.updateManyAndReturn({
    where,
    data: {
      ...LEASELESS,
      state: 'failed',
      errorCode: code,
      errorMessage: message,
      errorRetryable: retryable,
      finishedAt: now,
    },
    select: { id: true },
  });
  for (const { id } of rows) {
    await appendEvent(tx, id, 'state', { state: 'failed', error: { code, message, retryable } });
    await recordWebhookEvent(tx, { type: 'training_job.failed', subject: id });
  }
  return rows.length;
}
