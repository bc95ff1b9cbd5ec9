import { HyperparameterError } from '../training.errors.js';
import type { MetaAlgorithmName, MetaHyperparameters } from './meta.types.js';

/** Found on characters held out of the training alphabets, Conv4 of 32 filters, the same for all variants. */
const DEFAULTS: MetaHyperparameters = {
  iterations: 600,
  tasksPerIteration: 4,
  ways: 5,
  shots: [1, 5],
  queries: 5,
  headSteps: 5,
  innerSteps: 2,
  innerRates: { kernel: 0.1, modulator: 1, norm: 0.1, head: 0.4 },
  outerRate: 0.01,
  rateLearning: 0.01,
  calibrationEpisodes: 40,
};

/** @throws {HyperparameterError} for a value out of its range. */
export function resolveMetaHyperparameters(
  chosen: Partial<MetaHyperparameters>,
  algorithm: MetaAlgorithmName,
): MetaHyperparameters {
  const settled = { ...DEFAULTS, ...chosen };
  const { iterations, tasksPerIteration, headSteps, innerSteps, innerRates, outerRate, rateLearning, shots } = settled;
  const { calibrationEpisodes } = settled;
  wholeNumber('iterations', iterations, 1);
  wholeNumber('tasksPerIteration', tasksPerIteration, 1);
  // Through a head of zeros no gradient would reach the features.
  wholeNumber('headSteps', headSteps, 1);
  wholeNumber('innerSteps', innerSteps, 1);
  wholeNumber('calibrationEpisodes', calibrationEpisodes, 0);
  if (shots.length === 0) throw new HyperparameterError('shots must name a number of support images');
  for (const [name, rate] of Object.entries({ ...innerRates, outerRate })) {
    if (!(rate > 0 && Number.isFinite(rate))) throw new HyperparameterError(`the rate ${name} must be positive, not ${rate}`); // prettier-ignore
  }
  if (!(rateLearning >= 0 && Number.isFinite(rateLearning))) {
    throw new HyperparameterError(`rateLearning must not be negative, nor ${rateLearning}`);
  }
  return algorithm === 'reptile' ? { ...settled, rateLearning: 0 } : settled;
}

function wholeNumber(name: string, value: number, least: number): void {
  if (!Number.isInteger(value) || value < least) {
    throw new HyperparameterError(`${name} must be an integer from ${least} on, not ${value}`);
  }
}
