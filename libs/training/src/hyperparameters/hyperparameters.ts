import { DEFAULT_HYPERPARAMETERS, FALLBACK_METHOD } from './defaults.js';
import type { MethodDefaults } from './defaults.js';
import type { HyperparameterChoice, Hyperparameters } from './hyperparameters.types.js';
import { checkRanges } from './ranges.js';

/** Measurements on held-back images over a whole run. */
const EVALUATIONS_PER_RUN = 10;

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

function defaultsOf(method: string): MethodDefaults {
  const defaults = DEFAULT_HYPERPARAMETERS[method] ?? DEFAULT_HYPERPARAMETERS[FALLBACK_METHOD];
  if (defaults === undefined) throw new RangeError(`no defaults for '${method}'`);
  return defaults;
}
