import { roundToEncoding } from '@kernelcast/artifact';
import { createBatchSource } from '../data/batch-source.js';
import type { BatchSource } from '../data/batch-source.js';
import { checkDataset } from '../data/check-dataset.js';
import { evaluate } from '../evaluation/evaluate.js';
import { rateAt } from '../optimiser/schedule.js';
import { TrainingDivergedError } from '../training.errors.js';
import type { TrainingOptions, TrainingResult } from '../training.types.js';
import type { CheckpointProgress } from '../checkpoint/checkpoint.js';
import { yieldToEventLoop } from './pause.js';
import { Run } from './run.js';
import { runStep } from './step.js';

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
  const run = new Run(options);
  try {
    const seconds = await runSteps(run, options);
    await options.onEvaluate?.();
    const artifactTensors = run.adaptation.exportTensors();
    const { base, dataset } = options;
    const metrics = await evaluate({
      base,
      tensors: roundToEncoding(artifactTensors, options.encoding ?? 'f16'),
      labels: dataset.labels,
      images: dataset.test,
      pause: () => yieldToEventLoop(options.signal),
    });
    const { hyperparameters, adaptation } = run;
    const { steps } = hyperparameters;
    return { artifactTensors, labels: dataset.labels, metrics, plan: adaptation.plan, hyperparameters, steps, seconds };
  } finally {
    run.adaptation.dispose();
  }
}

/** Runs what steps are left. Resolves to the seconds that training has taken. */
async function runSteps(run: Run, options: TrainingOptions): Promise<number> {
  const { adaptation, hyperparameters } = run;
  const progress = options.checkpoint ? run.restore(options.checkpoint) : { step: 0, smoothedLoss: NaN, seconds: 0 };
  const clock = new Clock(progress.seconds);
  const source = await createBatchSource({
    graph: options.base.graph,
    adaptation,
    train: options.dataset.train,
    hyperparameters,
    seed: options.seed,
    pause: () => yieldToEventLoop(options.signal),
  });
  await new StepLoop({ run, source, options, clock }).from(progress);
  return clock.seconds;
}

class StepLoop {
  private readonly context: Parameters<typeof runStep>[0];
  private savedStep = -1;
  private savedAt = performance.now();
  private readonly run: Run;
  private readonly source: BatchSource;
  private readonly options: TrainingOptions;
  private readonly clock: Clock;

  constructor(parts: { run: Run; source: BatchSource; options: TrainingOptions; clock: Clock }) {
    ({ run: this.run, source: this.source, options: this.options, clock: this.clock } = parts);
    const { adaptation, optimiser, parameters, hyperparameters } = parts.run;
    this.context = { adaptation, optimiser, parameters, labelSmoothing: hyperparameters.labelSmoothing };
  }

  async from(start: CheckpointProgress): Promise<void> {
    const { steps, batchSize } = this.run.hyperparameters;
    let { smoothedLoss } = start;
    const startedAt = performance.now();
    this.savedStep = start.step;
    for (let step = start.step; step < steps; step++) {
      const { loss, accuracy } = runStep(this.context, this.source.at(step), rateAt(step, steps));
      if (!Number.isFinite(loss)) throw new TrainingDivergedError(step + 1);
      smoothedLoss = Number.isNaN(smoothedLoss) ? loss : smoothedLoss + SMOOTHING * (loss - smoothedLoss);
      const done = step + 1;
      await this.options.onStep?.({
        step: done,
        steps,
        epoch: done / this.source.batchesPerEpoch,
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
    const bytes = this.run.save({ step, smoothedLoss, seconds: this.clock.seconds });
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
