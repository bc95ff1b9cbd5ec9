import { HyperparameterError } from '../training.errors.js';
import type { Hyperparameters } from './hyperparameters.types.js';

type Of<T> = { [K in keyof Hyperparameters]: Hyperparameters[K] extends T ? K : never }[keyof Hyperparameters];
type Numeric = Of<number>;
type Switch = Of<boolean>;
type Choice = Exclude<keyof Hyperparameters, Numeric | Switch>;

export const HIGHEST_RATE = 10;

const RANGES: Readonly<Record<Numeric, readonly [least: number, most: number]>> = {
  steps: [1, 1_000_000],
  batchSize: [2, 1024],
  learningRate: [0, HIGHEST_RATE],
  headLearningRate: [0, HIGHEST_RATE],
  weightDecay: [0, 1],
  gradientClip: [0, 1_000_000],
  warmUpSteps: [0, 100_000],
  finalRate: [0, 1],
  labelSmoothing: [0, 0.5],
  averaging: [0, 0.99999],
  shiftPixels: [0, 16],
  cropScale: [0.05, 1],
  colourJitter: [0, 1],
  cutoutPixels: [0, 256],
  featureVariants: [1, 16],
  validationShare: [0, 0.5],
  evaluateEverySteps: [1, 1_000_000],
  patience: [0, 1000],
};
const WHOLE_NUMBERS: ReadonlySet<string> = new Set<Numeric>([
  'steps',
  'batchSize',
  'warmUpSteps',
  'shiftPixels',
  'cutoutPixels',
  'featureVariants',
  'evaluateEverySteps',
  'patience',
]);
const SWITCHES: readonly Switch[] = ['balanced', 'flip'];
const CHOICES: { readonly [K in Choice]: readonly Hyperparameters[K][] } = {
  optimiser: ['adam', 'sgd'],
  schedule: ['cosine', 'constant'],
};

/** @throws {HyperparameterError} naming the first value that is out of range. */
export function checkRanges(settled: Hyperparameters): void {
  for (const [name, [least, most]] of Object.entries(RANGES) as [Numeric, readonly [number, number]][]) {
    const value = settled[name];
    if (!(value >= least && value <= most)) {
      throw new HyperparameterError(`${name} is ${value}, not in ${least}..${most}`);
    }
    if (WHOLE_NUMBERS.has(name) && !Number.isInteger(value)) {
      throw new HyperparameterError(`${name} is ${value}, not a whole number`);
    }
  }
  for (const name of SWITCHES) {
    if (typeof settled[name] !== 'boolean') throw new HyperparameterError(`${name} is neither true nor false`);
  }
  for (const [name, known] of Object.entries(CHOICES) as [Choice, readonly string[]][]) {
    if (!known.includes(settled[name])) {
      throw new HyperparameterError(`${name} is '${settled[name]}', none of ${known.join(', ')}`);
    }
  }
}
