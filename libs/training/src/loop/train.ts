import { roundToEncoding } from '@kernelcast/artifact';
import { checkDataset } from '../data/check-dataset.js';
import { evaluate } from '../evaluation/evaluate.js';
import { rateAt } from '../optimiser/schedule.js';
import { TrainingDivergedError } from '../training.errors.js';
import type { TrainingOptions, TrainingResult } from '../training.types.js';
import { yieldToEventLoop } from './pause.js';
import { startRun } from './run.js';
import type { Run } from './run.js';

/** Weight of a new step in the smoothed loss. */
const SMOOTHING = 0.1;

/**
 * Adapts a base network to a dataset and measures the result. The backend must have been set before.
 *
 * The event loop is never held for longer than one step. The same options give the same result, bit for bit, on the
 * same backend, however often the run was interrupted and continued from a checkpoint.
 *
 * @throws {UnusableDatasetError | HyperparameterError | BudgetError | UnknownMethodError | CheckpointError} at once
 * @throws {TrainingDivergedError} when the loss stops being a finite number
 * @throws the reason of `options.signal`, after a last checkpoint
 */
export async function train(options: TrainingOptions): Promise<TrainingResult> {
  checkDataset(options.base.graph, options.dataset);
  const run = await startRun(options);
  try {
    const clock = new Clock(run.progress.seconds);
    await new StepLoop(run, options, clock).finish();
    const { seconds } = clock;
    await options.onEvaluate?.();
    const artifactTensors = await run.runner.exportTensors();
    const { base, dataset } = options;
    const metrics = await evaluate({
      base,
      tensors: roundToEncoding(artifactTensors, options.encoding ?? 'f16'),
      labels: dataset.labels,
      images: dataset.test,
      pause: () => yieldToEventLoop(options.signal),
    });
    const { hyperparameters, runner } = run;
    const { steps } = hyperparameters;
    return { artifactTensors, labels: dataset.labels, metrics, plan: runner.plan, hyperparameters, steps, seconds };
  } finally {
    await run.runner.dispose();
  }
}

class StepLoop {
  private savedStep = -1;
  private savedAt = performance.now();

  constructor(
    private readonly run: Run,
    private readonly options: TrainingOptions,
    private readonly clock: Clock,
  ) {}

  /** Runs what steps are left. */
  async finish(): Promise<void> {
    const { runner, progress: start } = this.run;
    const { steps, batchSize } = this.run.hyperparameters;
    let { smoothedLoss } = start;
    const startedAt = performance.now();
    this.savedStep = start.step;
    for (let step = start.step; step < steps; step++) {
      const { loss, accuracy } = await runner.step(step, rateAt(step, this.run.hyperparameters));
      if (!Number.isFinite(loss)) throw new TrainingDivergedError(step + 1);
      smoothedLoss = Number.isNaN(smoothedLoss) ? loss : smoothedLoss + SMOOTHING * (loss - smoothedLoss);
      const done = step + 1;
      await this.options.onStep?.({
        step: done,
        steps,
        epoch: done / runner.batchesPerEpoch,
        loss,
        smoothedLoss,
        accuracy,
        imagesPerSecond: ((done - start.step) * batchSize * 1000) / (performance.now() - startedAt),
      });
      await this.pause(done, smoothedLoss);
    }
  }

  private async pause(step: number, smoothedLoss: number): Promise<void> {
    if (this.isDue(step)) await this.save(step, smoothedLoss);
    try {
      await yieldToEventLoop(this.options.signal);
    } catch (reason) {
      if (this.savedStep < step) await this.save(step, smoothedLoss);
      throw reason;
    }
  }

  private isDue(step: number): boolean {
    const { checkpointEverySteps = Infinity, checkpointEveryMs = Infinity } = this.options;
    // The last step is always saved: what is left is measuring, and that may be interrupted as well.
    if (step === this.run.hyperparameters.steps) return true;
    return step - this.savedStep >= checkpointEverySteps || performance.now() - this.savedAt >= checkpointEveryMs;
  }

  private async save(step: number, smoothedLoss: number): Promise<void> {
    this.savedStep = step;
    this.savedAt = performance.now();
    if (!this.options.onCheckpoint) return;
    const bytes = await this.run.save({ step, smoothedLoss, seconds: this.clock.seconds });
    await this.options.onCheckpoint(bytes, step);
  }
}

/** Seconds of this attempt on top of those of earlier ones. */
class Clock {
  private readonly startedAt = performance.now();

  constructor(private readonly before: number) {}

  get seconds(): number {
    return this.before + (performance.now() - this.startedAt) / 1000;
  }
}
