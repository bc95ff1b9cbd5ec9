import { rm } from 'node:fs/promises';
import type { Progress, ChildMessage } from '../training-child/messages.js';
import type { AttemptTools } from './attempt.types.js';
import { FinishEstimate } from './finish-estimate.js';
import { LatestWins } from './latest-wins.js';
import { retryTransient } from './retry-transient.js';
import { LeaseLostError, type LeasedJob } from './training-jobs.types.js';

/** Four times a second is as often as anybody can look. */
const PROGRESS_INTERVAL_MS = 250;
/** Entries of the event log for the steps of a whole run: enough for a curve, however long the run. */
const STEP_EVENTS = 500;

type Loaded = Extract<ChildMessage, { type: 'loaded' }>;

interface CheckpointFile {
  readonly path: string;
  readonly step: number;
}

/**
 * Writes down what a training process says. A write that finds the lease gone calls `onLost`; waiting for a database
 * that is away ends with the signal.
 */
export class AttemptReporter {
  private readonly estimate = new FinishEstimate();
  private readonly progress: LatestWins<Progress>;
  private readonly checkpoints: LatestWins<CheckpointFile>;
  private notes: Promise<void> = Promise.resolve();
  private loggedStep = 0;

  constructor(
    private readonly tools: AttemptTools,
    private readonly job: LeasedJob,
    private readonly link: { readonly onLost: () => void; readonly signal: AbortSignal },
  ) {
    const onError = (error: unknown): void => this.onError(error);
    this.progress = new LatestWins({
      intervalMs: PROGRESS_INTERVAL_MS,
      write: (value) => this.writeProgress(value),
      onError,
    });
    this.checkpoints = new LatestWins({
      write: (file) => this.writeCheckpoint(file),
      onError,
      onSkipped: ({ path }) => void rm(path, { force: true }),
    });
  }

  take(message: ChildMessage): void {
    const { repository } = this.tools;
    const { lease } = this.job;
    if (message.type === 'progress') this.progress.push(message);
    if (message.type === 'checkpoint') this.checkpoints.push(message);
    if (message.type === 'note') this.note(() => repository.log(lease, message.message));
    if (message.type === 'loaded') this.takeLoaded(message);
    if (message.type === 'evaluating') {
      this.note(async () => {
        await this.progress.flush();
        await repository.evaluating(lease);
      });
    }
  }

  /** Resolves when all that was said is written. */
  async flush(): Promise<void> {
    await this.notes;
    await this.progress.flush();
    await this.checkpoints.flush();
  }

  /** Drops what is not yet written; resolves when nothing is being written any more. */
  async cancel(): Promise<void> {
    await this.progress.cancel();
    await this.checkpoints.cancel();
    await this.notes;
  }

  /** What happens once, unlike progress, is not made up for by the next report: it is written when it can be. */
  private note(write: () => Promise<void>): void {
    this.notes = this.notes
      .then(() => retryTransient(write, { signal: this.link.signal }))
      .catch((error: unknown) => this.onError(error));
  }

  private takeLoaded({ backend, kernels, threads, trainImages, testImages }: Loaded): void {
    const { repository } = this.tools;
    const { lease, checkpoints, ranOn } = this.job;
    const text = `Training on ${trainImages} images, measuring on ${testImages}; backend ${backend} (${kernels})`;
    this.note(() => repository.started(lease, { backend, threads }, text));
    const differs = ranOn.backend !== undefined && (ranOn.backend !== backend || ranOn.threads !== threads);
    if (checkpoints.length === 0 || !differs) return;
    const before = `${ranOn.backend} with ${ranOn.threads ?? 'all'} threads`;
    this.note(() => repository.log(lease, `Earlier steps ran on ${before}: the result will not repeat bit for bit`));
  }

  private async writeProgress(progress: Progress): Promise<void> {
    const { step, steps } = progress;
    const logged = step === steps || step - this.loggedStep >= steps / STEP_EVENTS;
    const estimatedFinish = this.estimate.update(progress, Date.now());
    await this.tools.repository.progress(this.job.lease, { progress, estimatedFinish, logged });
    if (logged) this.loggedStep = step;
  }

  private writeCheckpoint({ path, step }: CheckpointFile): Promise<void> {
    return this.tools.checkpoints.save(this.job.lease, path, step);
  }

  /** Neither a missed progress report nor a missed checkpoint is worth ending a training for. */
  private onError(error: unknown): void {
    const { jobId } = this.job.lease;
    if (error instanceof LeaseLostError) this.link.onLost();
    else this.tools.logger.warn({ err: error, jobId }, 'a report of the training was not written');
  }
}
