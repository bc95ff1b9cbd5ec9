import { canonicalJson } from '@kernelcast/artifact';
import type { HyperparameterChoice, Hyperparameters } from '../hyperparameters.types.js';
import { HIGHEST_RATE } from '../ranges.js';

interface Variation {
  /** Factor of both peak rates. */
  readonly rate?: number;
  /** Factor of the number of steps. */
  readonly steps?: number;
  readonly labelSmoothing?: number;
}

/** In the order they are worth trying, as time may end the list early; the defaults come first. */
const VARIATIONS: readonly Variation[] = [
  {},
  { rate: 1 / 3 },
  { rate: 3 },
  { steps: 2 },
  { labelSmoothing: 0.1 },
  { rate: 1 / 3, steps: 2 },
  { rate: 3, labelSmoothing: 0.1 },
  { steps: 2, labelSmoothing: 0.1 },
];

/**
 * What a search tries: the defaults, and variations of what the caller left open.
 *
 * @param defaults - settled hyperparameters of the run
 * @param chosen - what the caller asked for, which is never varied
 */
export function candidatesFor(defaults: Hyperparameters, chosen: HyperparameterChoice): Hyperparameters[] {
  const isOpen = (name: keyof Hyperparameters): boolean => (chosen[name] ?? 'auto') === 'auto';
  const candidates = VARIATIONS.map(({ rate = 1, steps = 1, labelSmoothing }) => {
    const scaled = (value: number): number => Math.min(HIGHEST_RATE, rate * value);
    return {
      ...defaults,
      ...(isOpen('learningRate') && { learningRate: scaled(defaults.learningRate) }),
      ...(isOpen('headLearningRate') && { headLearningRate: scaled(defaults.headLearningRate) }),
      ...(isOpen('steps') && { steps: steps * defaults.steps }),
      ...(isOpen('labelSmoothing') && labelSmoothing !== undefined && { labelSmoothing }),
    };
  });
  return [...new Map(candidates.map((one) => [canonicalJson(one), one])).values()];
}
