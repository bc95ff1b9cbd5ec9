import type { ProcessEnd } from '../child-process/training-process.js';
import { fetchInputs, InputMissingError, type InputFiles } from '../inputs/fetch-inputs.js';
import type { TrainingSpec } from '../training-child/messages.js';
import { AttemptEnding } from './attempt-ending.js';
import { AttemptReporter } from './attempt-reporter.js';
import type { AttemptOutcome, AttemptPlace, AttemptTools } from './attempt.types.js';
import { jobFailure, overdue, type JobFailure } from './job-rules.js';
import { LeaseWatch } from './lease-watch.js';
import { NameTakenError } from './made-base.js';
import { registerResult, type Result } from './register-result.js';
import { retryTransient } from './retry-transient.js';
import { superviseTraining } from './supervise-training.js';
import { toTrainingSpec } from './training-spec.js';
import { LeaseLostError, type CheckpointRef, type LeasedJob } from './training-jobs.types.js';

/** One lease of one job, from fetching its inputs to registering its result. */
export class JobAttempt {
  private readonly ending: AttemptEnding;
  private readonly reporter: AttemptReporter;

  constructor(
    private readonly tools: AttemptTools,
    private readonly job: LeasedJob,
    private readonly place: AttemptPlace,
  ) {
    this.ending = new AttemptEnding(place.shutdown);
    const onLost = (): void => this.ending.kill('lost');
    this.reporter = new AttemptReporter(tools, job, { onLost, signal: this.ending.giveUp });
  }

  async run(): Promise<AttemptOutcome> {
    const { repository, folders, settings } = this.tools;
    const { lease, deadline } = this.job;
    const look = () => repository.look(lease);
    const { ending } = this;
    const watch = new LeaseWatch({ look, ending, deadline, adriftAfterMs: settings.adriftAfterMs });
    try {
      return await folders.lend(lease.token, (workDir) => this.trainIn(workDir));
    } catch (error) {
      const lost = error instanceof LeaseLostError || ending.killed === 'lost';
      if (!lost && ending.killed !== 'adrift') throw error;
      return lost ? await this.afterLoss() : 'adrift';
    } finally {
      watch.stop();
      ending.dispose();
      await this.reporter.cancel();
    }
  }

  private async trainIn(workDir: string): Promise<AttemptOutcome> {
    const inputs = await this.fetchInputs(workDir);
    if (this.ending.any.aborted || inputs === undefined) return this.leave();
    if ('code' in inputs) return this.fail(inputs);
    const spec = toTrainingSpec(this.job, {
      inputs,
      workDir,
      settings: this.tools.settings,
      device: this.place.device,
    });
    return this.conclude(await this.trainFromNewest(spec));
  }

  /** Resumes from the newest checkpoint that can be continued; trains from the start when there is none. */
  private async trainFromNewest(spec: TrainingSpec): Promise<ProcessEnd> {
    const { checkpoints } = this.tools;
    for (const [index, checkpoint] of this.job.checkpoints.entries()) {
      const next = index + 1 < this.job.checkpoints.length ? 'the one before is tried' : 'training starts anew';
      const checkpointPath = await this.patiently(() => checkpoints.load(checkpoint, spec.workDir));
      if (checkpointPath === undefined) {
        await this.drop(checkpoint, `is gone; ${next}`);
        continue;
      }
      const end = await this.supervise({ ...spec, checkpointPath });
      if (end.type !== 'failed' || end.code !== 'checkpoint_invalid') return end;
      await this.drop(checkpoint, `cannot be continued: ${end.message}; ${next}`);
    }
    return this.supervise(spec);
  }

  private drop(checkpoint: CheckpointRef, why: string): Promise<void> {
    const reason = `The checkpoint of step ${checkpoint.step} ${why}`;
    return this.patiently(() => this.tools.checkpoints.drop(this.job.lease, checkpoint, reason));
  }

  private async supervise(spec: TrainingSpec): Promise<ProcessEnd> {
    const { settings, processes, logger } = this.tools;
    const { ending, reporter, place } = this;
    const { device } = place;
    const { end, stderr } = await superviseTraining(spec, { processes, settings, device, ending, reporter });
    if (end.type === 'crashed' || end.type === 'failed') {
      const { jobId, attempt } = this.job.lease;
      logger.warn({ jobId, attempt, end, stderr }, 'the training process ended without a result');
    }
    return end;
  }

  private async conclude(end: ProcessEnd): Promise<AttemptOutcome> {
    if (this.ending.killed) return this.leave();
    await this.reporter.flush();
    if (this.ending.killed) return this.leave();
    if (end.type === 'done' || end.type === 'made-base') return this.finish(end);
    if (end.type === 'failed')
      return this.fail(jobFailure(end.code === 'checkpoint_invalid' ? 'internal' : end.code, end.message));
    // A child that did not stop within its grace was killed by us: that is no fault of the job's.
    if (end.type === 'stopped' || this.ending.stopped) return this.leave();
    if (!end.again) return this.fail(jobFailure(end.code, end.message));
    const left = await this.patiently(() => this.tools.repository.crashed(this.job.lease, end));
    if (left === 'failed') await this.sweepCheckpoints();
    return left === 'queued' ? 'retry' : left;
  }

  private async finish(result: Result): Promise<AttemptOutcome> {
    try {
      await registerResult(this.job, result, { ...this.tools, patiently: (call) => this.patiently(call) });
    } catch (error) {
      if (error instanceof NameTakenError) return this.fail(jobFailure(error.code, error.message));
      throw error;
    }
    await this.sweepCheckpoints();
    return 'succeeded';
  }

  private async fail(failure: JobFailure): Promise<AttemptOutcome> {
    await this.patiently(() => this.tools.repository.fail(this.job.lease, failure));
    await this.sweepCheckpoints();
    return 'failed';
  }

  /** Ends the attempt before its job is done, for the reason that was given. */
  private async leave(): Promise<AttemptOutcome> {
    const { killed } = this.ending;
    const { lease, deadline } = this.job;
    if (killed === 'overdue' && deadline !== undefined) return this.fail(overdue(deadline));
    if (killed === 'adrift') return 'adrift';
    if (killed) return this.afterLoss();
    const why =
      this.ending.stopped === 'pause' ? 'Paused on request' : 'The trainer is shutting down; another one continues';
    const left = await this.tools.repository.release(lease, why);
    return left === 'paused' ? 'paused' : 'released';
  }

  /** A cancelled job is never continued, so its checkpoints go; any other's belong to the next holder of the lease. */
  private async afterLoss(): Promise<AttemptOutcome> {
    await this.reporter.cancel();
    await this.sweepCheckpoints();
    return 'lost';
  }

  /** What cannot be removed now goes with the next sweep over all jobs. */
  private async sweepCheckpoints(): Promise<void> {
    const { checkpoints, logger } = this.tools;
    const { jobId } = this.job;
    await checkpoints.sweep(jobId).catch((err: unknown) => logger.warn({ err, jobId }, 'checkpoints stay for now'));
  }

  /** Inputs are checked when a job is made; when they are gone or changed since, an operator has to see to it. */
  private async fetchInputs(workDir: string): Promise<InputFiles | JobFailure | undefined> {
    const { blobs } = this.tools;
    try {
      const fetch = (call: () => Promise<string>): Promise<string> => this.patiently(call, this.ending.any);
      return await fetchInputs(this.job, workDir, { blobs, fetch });
    } catch (error) {
      if (this.ending.any.aborted) return undefined;
      if (error instanceof InputMissingError) return jobFailure(error.code, error.message);
      throw error;
    }
  }

  private patiently<T>(call: () => Promise<T>, signal = this.ending.giveUp): Promise<T> {
    const { jobId } = this.job;
    const onRetry = (err: unknown, waitMs: number): void =>
      this.tools.logger.warn({ err, jobId, waitMs }, 'database or object store not reachable; trying again');
    return retryTransient(call, { signal, onRetry });
  }
}
