import { plan } from '@kernelcast/km';
import { decodeCheckpoint, encodeCheckpoint } from '../checkpoint/checkpoint.js';
import type { CheckpointProgress } from '../checkpoint/checkpoint.js';
import { resolveHyperparameters } from '../hyperparameters/hyperparameters.js';
import type { Hyperparameters } from '../hyperparameters/hyperparameters.types.js';
import { CheckpointError } from '../training.errors.js';
import type { TrainingOptions } from '../training.types.js';
import { createLocalRunner } from './local-runner.js';
import { yieldToEventLoop } from './pause.js';
import type { StepRunner } from './step-runner.types.js';

/** What a run consists of between two steps. It owns the runner. */
export interface Run {
  readonly hyperparameters: Hyperparameters;
  readonly runner: StepRunner;
  /** Where it starts. */
  readonly progress: CheckpointProgress;
  /** The run as it stands, to continue from. */
  save(progress: CheckpointProgress): Promise<Uint8Array>;
}

const START: CheckpointProgress = { step: 0, smoothedLoss: NaN, seconds: 0 };

/** @throws {CheckpointError} when the checkpoint is damaged or of another run. */
export async function startRun(options: TrainingOptions): Promise<Run> {
  const { base, dataset, method, budget, seed } = options;
  const hyperparameters = resolveHyperparameters(method, options.hyperparameters ?? {}, dataset.train.count);
  const identity = identityOf(options, hyperparameters);
  const stored = options.checkpoint && decodeCheckpoint(options.checkpoint, identity);
  const runner = await createLocalRunner({
    base,
    method,
    budget,
    classes: dataset.labels.length,
    train: dataset.train,
    hyperparameters,
    seed,
    pause: () => yieldToEventLoop(options.signal),
  });
  try {
    if (stored) await runner.restore(stored.tensors, stored.progress.step);
  } catch (cause) {
    await runner.dispose();
    throw new CheckpointError('its tensors do not fit', { cause });
  }
  const save: Run['save'] = async (progress) => encodeCheckpoint({ progress, tensors: await runner.state() }, identity);
  return { hyperparameters, runner, progress: stored?.progress ?? START, save };
}

function identityOf(
  { base, dataset, method, budget, seed }: TrainingOptions,
  hyperparameters: Hyperparameters,
): unknown {
  return {
    base: base.digest,
    method,
    budgetParams: plan(base.graph, budget, method).budgetParams,
    seed,
    hyperparameters,
    labels: dataset.labels,
    trainImages: dataset.train.count,
  };
}
