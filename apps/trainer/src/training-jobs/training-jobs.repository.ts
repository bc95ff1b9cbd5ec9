import {
  budgetSchema,
  DEFAULT_PARAMS_RATIO,
  digestSchema,
  hyperparametersSchema,
  type JobState,
} from '@kernelcast/contracts';
import { Database, type Prisma, type Tx } from '@kernelcast/database';
import { ulid } from 'ulid';
import { decideLease, jobFailure, LEASED_STATES, MAX_ATTEMPTS, type JobFailure } from './job-rules.js';
import { insertModulatorVersion } from './modulator-version.js';
import {
  LeaseLostError,
  type FinishedJob,
  type Lease,
  type LeasedJob,
  type LeaseResult,
  type ProgressUpdate,
} from './training-jobs.types.js';

const JOB_PARTS = {
  task: { select: { name: true, labels: true } },
  baseNetwork: { select: { digest: true, graphDigest: true, weightsDigest: true } },
  datasetVersion: { select: { digest: true } },
} as const;
type JobRow = Prisma.TrainingJobGetPayload<{ include: typeof JOB_PARTS }>;

type EventType = 'state' | 'step' | 'log' | 'checkpoint';

/** The rows of training jobs, as far as a worker may touch them. Writes name the lease and touch nothing without it. */
export class TrainingJobsRepository {
  constructor(private readonly database: Database) {}

  /** Takes a job: raises its attempt and sets a new fencing token, which ends any earlier lease. */
  lease(jobId: string, now = new Date()): Promise<LeaseResult> {
    return this.database.transaction(async (tx): Promise<LeaseResult> => {
      await tx.$queryRaw`SELECT 1 FROM training_jobs WHERE id = ${jobId} FOR UPDATE`;
      const row = await tx.trainingJob.findUnique({ where: { id: jobId }, include: JOB_PARTS });
      if (row === null) return { kind: 'skipped', state: 'missing' };
      const decision = decideLease(row);
      if (decision === 'skip') return { kind: 'skipped', state: row.state };
      if (decision === 'give-up') {
        await writeFailure(tx, { id: jobId }, exhausted(), now);
        return { kind: 'given-up' };
      }
      const lease: Lease = { jobId, token: ulid(), attempt: row.attempt + 1 };
      const job = readJob(row, lease);
      if (job instanceof Error) {
        await writeFailure(tx, { id: jobId }, jobFailure('internal', `The job cannot be read: ${job.message}`), now);
        return { kind: 'given-up' };
      }
      await tx.trainingJob.update({
        where: { id: jobId },
        data: { state: 'running', attempt: lease.attempt, leaseToken: lease.token, startedAt: row.startedAt ?? now },
      });
      await appendEvent(tx, jobId, 'state', { state: 'running', attempt: lease.attempt });
      return { kind: 'taken', job };
    });
  }

  /** Whether the lease still holds. */
  async holds(lease: Lease): Promise<boolean> {
    return (await this.database.prisma.trainingJob.count({ where: heldBy(lease) })) === 1;
  }

  /** State of any job; `undefined` when there is none of this id. */
  async stateOf(jobId: string): Promise<JobState | undefined> {
    const row = await this.database.prisma.trainingJob.findUnique({ where: { id: jobId }, select: { state: true } });
    return row?.state;
  }

  /** @throws {LeaseLostError} as every method below. */
  progress(lease: Lease, { progress, estimatedFinish, logged }: ProgressUpdate): Promise<void> {
    const { step, steps, epoch, smoothedLoss, loss, accuracy, imagesPerSecond } = progress;
    return this.fenced(lease, { step, steps, epoch, loss: smoothedLoss, estimatedFinish }, async (tx) => {
      if (!logged) return;
      const data = { step, steps, epoch, loss: smoothedLoss, batchLoss: loss, accuracy, imagesPerSecond };
      await appendEvent(tx, lease.jobId, 'step', data);
    });
  }

  /** The child has its backend and its data. */
  started(lease: Lease, backend: string, message: string): Promise<void> {
    return this.fenced(lease, { backend }, (tx) => appendLog(tx, lease, message));
  }

  log(lease: Lease, message: string): Promise<void> {
    return this.fenced(lease, {}, (tx) => appendLog(tx, lease, message));
  }

  evaluating(lease: Lease): Promise<void> {
    return this.fenced(lease, { state: 'evaluating' }, (tx) =>
      appendEvent(tx, lease.jobId, 'state', { state: 'evaluating' }),
    );
  }

  checkpoint(lease: Lease, key: string, step: number): Promise<void> {
    return this.fenced(lease, { checkpointKey: key }, (tx) => appendEvent(tx, lease.jobId, 'checkpoint', { step }));
  }

  /** The checkpoint is of no use: the job starts anew. */
  dropCheckpoint(lease: Lease, reason: string): Promise<void> {
    return this.fenced(lease, { checkpointKey: null }, (tx) => appendLog(tx, lease, reason));
  }

  /** Gives the job back, to be continued by whoever takes it next. That does not count as an attempt. */
  release(lease: Lease): Promise<void> {
    return this.requeue(lease, lease.attempt - 1, 'The trainer is shutting down; another one continues');
  }

  /** Gives the job back after its process died. */
  crashed(lease: Lease, reason: string, now = new Date()): Promise<void> {
    if (lease.attempt >= MAX_ATTEMPTS) return this.fail(lease, exhausted(reason), now);
    return this.requeue(lease, lease.attempt, reason);
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
  finish(job: LeasedJob, finished: FinishedJob, now = new Date()): Promise<string> {
    const { lease } = job;
    const { steps, metrics } = finished;
    return this.database.transaction(async (tx) => {
      const { count } = await tx.trainingJob.updateMany({
        where: heldBy(lease),
        data: { ...ENDED, state: 'succeeded', finishedAt: now, step: steps, steps, metrics: toJson(metrics) },
      });
      if (count === 0) throw new LeaseLostError(lease.jobId);
      const version = await insertModulatorVersion(tx, job, finished);
      await appendEvent(tx, lease.jobId, 'state', { state: 'succeeded', modulatorVersion: version });
      return version;
    });
  }

  private requeue(lease: Lease, attempt: number, reason: string): Promise<void> {
    const data = { state: 'queued', leaseToken: null, estimatedFinish: null, attempt } as const;
    return this.fenced(lease, data, async (tx) => {
      await appendLog(tx, lease, reason);
      await appendEvent(tx, lease.jobId, 'state', { state: 'queued' });
    });
  }

  private fenced(
    lease: Lease,
    data: Prisma.TrainingJobUpdateManyMutationInput,
    then: (tx: Tx) => Promise<void>,
  ): Promise<void> {
    return this.database.transaction(async (tx) => {
      // An update without columns would not lock the row: naming the token again makes every write a fence.
      const { count } = await tx.trainingJob.updateMany({
        where: heldBy(lease),
        data: { leaseToken: lease.token, ...data },
      });
      if (count === 0) throw new LeaseLostError(lease.jobId);
      await then(tx);
    });
  }
}

/** What no ended job keeps. */
const ENDED = { leaseToken: null, estimatedFinish: null, checkpointKey: null } as const;

const heldBy = ({ jobId, token }: Lease): Prisma.TrainingJobWhereInput => ({
  id: jobId,
  leaseToken: token,
  state: { in: [...LEASED_STATES] },
});

const exhausted = (reason?: string): JobFailure =>
  jobFailure('worker_crashed', `Given up after ${MAX_ATTEMPTS} attempts.${reason === undefined ? '' : ` ${reason}`}`);

/** Closes a job as failed; its checkpoint stays when starting it again could help. */
async function writeFailure(tx: Tx, where: Prisma.TrainingJobWhereInput, failure: JobFailure, now: Date) {
  const { code, message, retryable } = failure;
  const rows = await tx.trainingJob.updateManyAndReturn({
    where,
    data: {
      state: 'failed',
      leaseToken: null,
      estimatedFinish: null,
      ...(retryable ? {} : { checkpointKey: null }),
      errorCode: code,
      errorMessage: message,
      errorRetryable: retryable,
      finishedAt: now,
    },
    select: { id: true },
  });
  for (const { id } of rows)
    await appendEvent(tx, id, 'state', { state: 'failed', error: { code, message, retryable } });
  return rows.length;
}

const toJson = (value: Readonly<Record<string, unknown>>): Prisma.InputJsonObject => value as Prisma.InputJsonObject;

async function appendEvent(tx: Tx, jobId: string, type: EventType, data: Readonly<Record<string, unknown>>) {
  await tx.jobEvent.create({ data: { trainingJobId: jobId, type, data: toJson(data) } });
}

const appendLog = (tx: Tx, { jobId, attempt }: Lease, message: string): Promise<void> =>
  appendEvent(tx, jobId, 'log', { message, attempt });

/** A row that breaks the contract is a fault of whoever wrote it, and no later attempt would read it better. */
function readJob(row: JobRow, lease: Lease): LeasedJob | Error {
  try {
    return toLeasedJob(row, lease);
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

function toLeasedJob(row: JobRow, lease: Lease): LeasedJob {
  const { task, baseNetwork, datasetVersion } = row;
  const { bytes, paramsRatio = DEFAULT_PARAMS_RATIO, seconds: searchSeconds } = budgetSchema.parse(row.budget);
  return {
    lease,
    taskId: row.taskId,
    task: task.name,
    labels: task.labels,
    baseNetworkId: row.baseNetworkId,
    base: {
      digest: digestSchema.parse(baseNetwork.digest),
      graphDigest: digestSchema.parse(baseNetwork.graphDigest),
      weightsDigest: digestSchema.parse(baseNetwork.weightsDigest),
    },
    datasetDigest: digestSchema.parse(datasetVersion.digest),
    method: row.method,
    budget: bytes === undefined ? { paramsRatio } : { bytes },
    hyperparameters: hyperparametersSchema.parse(row.hyperparameters),
    searchSeconds,
    seed: Number(row.seed),
    checkpointKey: row.checkpointKey ?? undefined,
  };
}
