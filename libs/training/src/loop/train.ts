import { roundToEncoding } from '@kernelcast/artifact';
import { checkDataset } from '../data/check-dataset.js';
import { evaluate } from '../evaluation/evaluate.js';
import { UnusableDatasetError } from '../training.errors.js';
import type { TrainingOptions, TrainingResult } from '../training.types.js';
import { settleHyperparameters } from './search.js';
import type { Settled } from './search.js';
import { Segment } from './segment.js';
import { Session } from './session.js';
import { splitValidation } from './validation-split.js';
import { Validator } from './validator.js';

/**
 * Adapts a base network to a dataset and measures the result. The backend must have been set before.
 *
 * The event loop is never held for longer than one step. The same options give the same result, bit for bit, on the
 * same backend, however often the run was interrupted and continued from a checkpoint; a search for hyperparameters
 * is the exception, as it depends on time, until it is over. Test images are measured once, at the end: no choice is
 * made by them.
 *
 * @throws {UnusableDatasetError | HyperparameterError | BudgetError | UnknownMethodError | CheckpointError} at once
 * @throws {ModulatorMismatchError} when `startFrom` is of another plan
 * @throws {TrainingDivergedError} when the loss stops being a finite number
 * @throws the reason of `options.signal`, after a last checkpoint
 */
export async function train(options: TrainingOptions): Promise<TrainingResult> {
  checkDataset(options.base.graph, options.dataset);
  const session = new Session(options);
  const settled = await settleHyperparameters(session);
  const segment = await openRun(session, settled);
  try {
    await segment.run();
    const { seconds } = session.clock;
    await options.onEvaluate?.();
    const { base, dataset, encoding = 'f16', predictions } = options;
    const artifactTensors = await segment.exportTensors();
    const metrics = await evaluate({
      base,
      tensors: roundToEncoding(artifactTensors, encoding),
      labels: dataset.labels,
      images: dataset.test,
      predictions,
      pause: session.pause,
    });
    const { hyperparameters, steps, best: validation } = segment;
    const { plan } = segment.runner;
    const { trials } = settled.search ?? {};
    return {
      artifactTensors,
      labels: dataset.labels,
      metrics,
      plan,
      hyperparameters,
      steps,
      seconds,
      validation,
      trials,
    };
  } finally {
    await segment.dispose();
  }
}

async function openRun(session: Session, { hyperparameters, search }: Settled): Promise<Segment> {
  const { dataset, seed, onStep } = session.options;
  const common = { session, hyperparameters, search, onStep };
  if (hyperparameters.validationShare === 0) return Segment.open({ ...common, train: dataset.train });
  const { train, validation } = splitValidation(dataset.train, hyperparameters.validationShare, seed);
  if (validation.count === 0) throw new UnusableDatasetError('no class has a training image to hold back');
  return Segment.open({ ...common, train, validator: new Validator(session, validation) });
}
