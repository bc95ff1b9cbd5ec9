import { DEFAULT_HYPERPARAMETERS, FALLBACK_METHOD } from './defaults.js';
import type { MethodDefaults } from './defaults.js';
import type { HyperparameterChoice, Hyperparameters } from './hyperparameters.types.js';
import { checkRanges } from './ranges.js';

/** Measurements on held-back images over a whole run. */
const EVALUATIONS_PER_RUN = 10;
/** Share of a method's rates that a run takes which begins at an earlier result. */
const WARM_RATE = 0.1;

/**
 * Settles every hyperparameter of a run.
 *
 * @param trainImages - size of the training split; a batch is never larger.
 * @throws {HyperparameterError} naming the first that is out of range.
 */
export function resolveHyperparameters(
  method: string,
  chosen: HyperparameterChoice,
  trainImages: number,
): Hyperparameters {
  const { stepsPerRootImage, steps, ...defaults } = defaultsOf(method);
  const given = Object.fromEntries(
    Object.entries(chosen).filter(([, value]) => value !== undefined && value !== 'auto'),
  ) as Partial<Hyperparameters>;
  const byRoot = Math.round(stepsPerRootImage * Math.sqrt(trainImages));
  const settledSteps = given.steps ?? Math.min(steps.most, Math.max(steps.least, byRoot));
  const evaluateEverySteps = Math.max(1, Math.ceil(settledSteps / EVALUATIONS_PER_RUN));
  const settled = { ...defaults, evaluateEverySteps, ...given, steps: settledSteps };
  checkRanges(settled);
  return { ...settled, batchSize: Math.min(settled.batchSize, trainImages) };
}

/**
 * Settles every hyperparameter of a run that begins at an earlier result: the rates that were left open are a tenth.
 * At full rates the first steps undo what was learnt, and the update is hardly smaller than a new modulator
 * (docs/benchmarks.md, deltas).
 *
 * @throws {HyperparameterError} naming the first that is out of range.
 */
export function resolveWarmHyperparameters(
  method: string,
  chosen: HyperparameterChoice,
  trainImages: number,
): Hyperparameters {
  const settled = resolveHyperparameters(method, chosen, trainImages);
  const rateOf = (name: 'learningRate' | 'headLearningRate'): number =>
    (chosen[name] ?? 'auto') === 'auto' ? settled[name] * WARM_RATE : settled[name];
  return { ...settled, learningRate: rateOf('learningRate'), headLearningRate: rateOf('headLearningRate') };
}

function defaultsOf(method: string): MethodDefaults {
  const defaults = DEFAULT_HYPERPARAMETERS[method] ?? DEFAULT_HYPERPARAMETERS[FALLBACK_METHOD];
  if (defaults === undefined) throw new RangeError(`no defaults for '${method}'`);
  return defaults;
}
