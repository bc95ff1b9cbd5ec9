import { readFile } from 'node:fs/promises';
import { putBlob, StorageError } from '@kernelcast/storage';
import { BlobCorruptError } from '../inputs/blob-cache.js';
import type { FinalMessage, Trained, TrainingSpec } from '../training-child/messages.js';
import { AttemptReporter } from './attempt-reporter.js';
import type { AttemptOutcome, AttemptTools } from './attempt.types.js';
import { jobFailure, type JobFailure } from './job-rules.js';
import { retryTransient } from './retry-transient.js';
import { TrainingProcess, type ProcessEnd } from './training-process.js';
import { LeaseLostError, type LeasedJob } from './training-jobs.types.js';

/** How often the lease is looked at, which is how soon a cancellation is noticed in silent phases. */
const LEASE_CHECK_MS = 400;
/** Half precision loses nothing measurable against single, at half the bytes to deliver. */
const ENCODING: TrainingSpec['encoding'] = 'f16';

/** One lease of one job, from fetching its inputs to registering its result. */
export class JobAttempt {
  private readonly lost = new AbortController();
  /** Aborted when waiting for anything makes no more sense. */
  private readonly giveUp: AbortSignal;
  private readonly reporter: AttemptReporter;

  constructor(
    private readonly tools: AttemptTools,
    private readonly job: LeasedJob,
    private readonly shutdown: AbortSignal,
  ) {
    this.giveUp = AbortSignal.any([this.lost.signal, shutdown]);
    this.reporter = new AttemptReporter(tools, job, { onLost: () => this.lost.abort(), signal: this.giveUp });
  }

  async run(): Promise<AttemptOutcome> {
    const watch = setInterval(() => void this.checkLease(), LEASE_CHECK_MS);
    try {
      return await this.tools.folders.lend(this.job.lease.token, (workDir) => this.trainIn(workDir));
    } catch (error) {
      if (!(error instanceof LeaseLostError) && !this.lost.signal.aborted) throw error;
      return await this.afterLoss();
    } finally {
      clearInterval(watch);
      await this.reporter.cancel();
    }
  }

  private async trainIn(workDir: string): Promise<AttemptOutcome> {
    const spec = await this.prepare(workDir).catch((error: unknown) => this.describeMissingInput(error));
    if (this.lost.signal.aborted) return this.afterLoss();
    if (this.shutdown.aborted || spec === undefined) return this.release();
    if ('code' in spec) return this.fail(spec);
    const end = await this.supervise(spec);
    if (this.lost.signal.aborted) return this.afterLoss();
    await this.reporter.flush();
    if (this.lost.signal.aborted) return this.afterLoss();
    return this.conclude(end);
  }

  private async prepare(workDir: string): Promise<TrainingSpec> {
    const { lease, base, datasetDigest, budget, ...job } = this.job;
    const { backend, nativeFolder, threads, version, checkpointEveryMs } = this.tools.settings;
    return {
      jobId: lease.jobId,
      task: job.task,
      labels: [...job.labels],
      method: job.method,
      budget,
      hyperparameters: job.hyperparameters,
      searchSeconds: job.searchSeconds,
      seed: job.seed,
      encoding: ENCODING,
      base: {
        digest: base.digest,
        graphPath: await this.patiently(() => this.tools.blobs.fetch(base.graphDigest)),
        weightsPath: await this.patiently(() => this.tools.blobs.fetch(base.weightsDigest)),
      },
      datasetPath: await this.patiently(() => this.tools.blobs.fetch(datasetDigest)),
      checkpointPath: await this.loadCheckpoint(workDir),
      checkpointEveryMs,
      backend,
      nativeFolder,
      threads,
      version,
      workDir,
    };
  }

  private async loadCheckpoint(workDir: string): Promise<string | undefined> {
    const { checkpointKey, lease } = this.job;
    if (checkpointKey === undefined) return undefined;
    try {
      return await this.patiently(() => this.tools.checkpoints.load(checkpointKey, workDir));
    } catch (error) {
      if (!(error instanceof StorageError) || error.code !== 'object_not_found') throw error;
      const reason = 'The last checkpoint is gone; training starts anew';
      await this.patiently(() => this.tools.repository.dropCheckpoint(lease, reason));
      return undefined;
    }
  }

  private async supervise(spec: TrainingSpec): Promise<ProcessEnd> {
    const { settings, logger } = this.tools;
    const training = new TrainingProcess({
      entry: settings.childEntry,
      spec,
      onMessage: (message) => this.reporter.take(message),
    });
    let timer: NodeJS.Timeout | undefined;
    const kill = (): void => training.kill();
    const stop = (): void => {
      training.stop();
      timer = setTimeout(kill, settings.stopGraceMs);
    };
    this.lost.signal.addEventListener('abort', kill);
    this.shutdown.addEventListener('abort', stop);
    if (this.shutdown.aborted) stop();
    if (this.lost.signal.aborted) kill();
    const end = await training.ended;
    clearTimeout(timer);
    this.shutdown.removeEventListener('abort', stop);
    if (end.type === 'crashed' || end.type === 'failed') {
      const { jobId, attempt } = this.job.lease;
      logger.warn({ jobId, attempt, end, stderr: training.errorOutput }, 'the training process ended without a result');
    }
    return end;
  }

  private async conclude(end: ProcessEnd): Promise<AttemptOutcome> {
    const { lease } = this.job;
    if (end.type === 'done') return this.finish(end);
    if (end.type === 'stopped') return this.release();
    if (end.type === 'failed' && end.code !== 'checkpoint_invalid') return this.fail(jobFailure(end.code, end.message));
    // A child that did not stop within its grace was killed by us: that is no fault of the job's.
    if (this.shutdown.aborted) return this.release();
    if (end.type === 'failed') return this.startAnew(end);
    await this.patiently(() => this.tools.repository.crashed(lease, end.reason));
    return 'retry';
  }

  private async startAnew({ message }: FinalMessage & { type: 'failed' }): Promise<AttemptOutcome> {
    const { repository, checkpoints } = this.tools;
    const key = this.reporter.checkpointKey;
    await this.patiently(() => repository.dropCheckpoint(this.job.lease, `${message}; training starts anew`));
    await checkpoints.remove(key);
    return 'retry';
  }

  private async finish(trained: Trained): Promise<AttemptOutcome> {
    const { store, repository, checkpoints } = this.tools;
    const bytes = await readFile(trained.artifactPath);
    const digest = await this.patiently(() => putBlob(store, bytes));
    await this.patiently(() => repository.finish(this.job, { ...trained, digest, size: bytes.byteLength }));
    await checkpoints.remove(this.reporter.checkpointKey);
    return 'succeeded';
  }

  private async fail(failure: JobFailure): Promise<AttemptOutcome> {
    await this.patiently(() => this.tools.repository.fail(this.job.lease, failure));
    if (!failure.retryable) await this.tools.checkpoints.remove(this.reporter.checkpointKey);
    return 'failed';
  }

  private async release(): Promise<AttemptOutcome> {
    await this.tools.repository.release(this.job.lease);
    return 'released';
  }

  /** A cancelled job is never continued, so its checkpoint goes; any other belongs to the next holder of the lease. */
  private async afterLoss(): Promise<AttemptOutcome> {
    const { repository, checkpoints } = this.tools;
    await this.reporter.cancel();
    const state = await repository.stateOf(this.job.lease.jobId).catch(() => undefined);
    if (state === 'cancelled') await checkpoints.remove(this.reporter.checkpointKey);
    return 'lost';
  }

  /** Inputs are checked when a job is made; when they are gone or changed since, an operator has to see to it. */
  private describeMissingInput(error: unknown): JobFailure | undefined {
    if (this.giveUp.aborted) return undefined;
    const gone = error instanceof StorageError && error.code === 'object_not_found';
    if (gone || error instanceof BlobCorruptError) return jobFailure('internal', error.message);
    throw error;
  }

  private patiently<T>(call: () => Promise<T>): Promise<T> {
    const { jobId } = this.job.lease;
    const onRetry = (err: unknown, waitMs: number): void =>
      this.tools.logger.warn({ err, jobId, waitMs }, 'database or object store not reachable; trying again');
    return retryTransient(call, { signal: this.giveUp, onRetry });
  }

  private async checkLease(): Promise<void> {
    // When the database cannot be asked, the training goes on: the next write will tell.
    const held = await this.tools.repository.holds(this.job.lease).catch(() => true);
    if (!held) this.lost.abort();
  }
}
