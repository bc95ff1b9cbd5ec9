import { HyperparameterError } from '../training.errors.js';
import type { HyperparameterChoice, Hyperparameters } from './hyperparameters.types.js';

/**
 * Tuned on the bundled ResNet-14: run bench/transfer.mjs. `steps` stays open, as it follows from the dataset's size.
 * Kernel modulation under-trains at lower rates within so few steps. The head alone wants many cheap steps.
 */
export const DEFAULT_HYPERPARAMETERS: Readonly<Record<string, HyperparameterChoice & Omit<Hyperparameters, 'steps'>>> =
  {
    km: {
      steps: 'auto',
      batchSize: 48,
      learningRate: 0.05,
      headLearningRate: 0.03,
      weightDecay: 0,
      labelSmoothing: 0,
      shiftPixels: 2,
      flip: false,
      featureVariants: 1,
    },
    head: {
      steps: 'auto',
      batchSize: 48,
      learningRate: 0.05,
      headLearningRate: 0.05,
      weightDecay: 0,
      labelSmoothing: 0,
      shiftPixels: 2,
      flip: false,
      featureVariants: 2,
    },
  };

/** Steps grow with the square root of the dataset: more images need more steps, but each is seen less often. */
const STEPS_PER_ROOT_IMAGE: Readonly<Record<string, number>> = { km: 6, head: 45 };
const AUTO_STEPS = { least: 150, most: 3000 } as const;

const RANGES: Readonly<Record<Exclude<keyof Hyperparameters, 'flip'>, readonly [least: number, most: number]>> = {
  steps: [1, 1_000_000],
  batchSize: [2, 1024],
  learningRate: [0, 10],
  headLearningRate: [0, 10],
  weightDecay: [0, 1],
  labelSmoothing: [0, 0.5],
  shiftPixels: [0, 16],
  featureVariants: [1, 16],
};
const WHOLE_NUMBERS: readonly (keyof Hyperparameters)[] = ['steps', 'batchSize', 'shiftPixels', 'featureVariants'];

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
  const defaults = DEFAULT_HYPERPARAMETERS[method] ?? DEFAULT_HYPERPARAMETERS['km'];
  const given = Object.fromEntries(
    Object.entries(chosen).filter(([, value]) => value !== undefined && value !== 'auto'),
  );
  const settled = { ...defaults, steps: autoSteps(method, trainImages), ...given } as Hyperparameters;
  check(settled);
  return { ...settled, batchSize: Math.min(settled.batchSize, trainImages) };
}

function autoSteps(method: string, trainImages: number): number {
  const perRoot = STEPS_PER_ROOT_IMAGE[method] ?? 1;
  const steps = Math.round(perRoot * Math.sqrt(trainImages));
  return Math.min(AUTO_STEPS.most, Math.max(AUTO_STEPS.least, steps));
}

function check(settled: Hyperparameters): void {
  for (const [name, [least, most]] of Object.entries(RANGES) as [keyof typeof RANGES, readonly [number, number]][]) {
    const value = settled[name];
    if (!(value >= least && value <= most))
      throw new HyperparameterError(`${name} is ${value}, not in ${least}..${most}`);
    if (WHOLE_NUMBERS.includes(name) && !Number.isInteger(value)) {
      throw new HyperparameterError(`${name} is ${value}, not a whole number`);
    }
  }
}
