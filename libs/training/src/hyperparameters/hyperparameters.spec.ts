import { HyperparameterError } from '../training.errors.js';
import { DEFAULT_HYPERPARAMETERS } from './defaults.js';
import { resolveHyperparameters, resolveWarmHyperparameters } from './hyperparameters.js';
import type { HyperparameterChoice } from './hyperparameters.types.js';

describe('resolveHyperparameters', () => {
  it('chooses steps from the size of the dataset, within limits', () => {
    const { stepsPerRootImage = NaN, steps } = DEFAULT_HYPERPARAMETERS['km'] ?? {};
    const chosen = (images: number) => resolveHyperparameters('km', {}, images).steps;
    expect([2, 2500, 1e9].map(chosen)).toEqual([steps?.least, stepsPerRootImage * 50, steps?.most]);
  });

  it('takes what is given, and the defaults of the method for the rest and for "auto"', () => {
    const settled = resolveHyperparameters('km', { steps: 7, learningRate: 'auto', flip: true, headLearningRate: undefined }, 500); // prettier-ignore
    const { stepsPerRootImage: _, ...defaults } = DEFAULT_HYPERPARAMETERS['km'] ?? {};
    expect(settled).toEqual({ ...defaults, evaluateEverySteps: 1, steps: 7, flip: true });
  });

  it('has defaults of its own for each method', () => {
    expect(Object.keys(DEFAULT_HYPERPARAMETERS)).toEqual(['km', 'head', 'bias', 'bn', 'lora-conv', 'full']);
    const rates = ['km', 'full'].map((method) => resolveHyperparameters(method, {}, 500).learningRate);
    expect(rates[0]).toBeGreaterThan(10 * (rates[1] ?? NaN));
  });

  it('measures ten times on the way, unless told otherwise', () => {
    expect(resolveHyperparameters('km', { steps: 301 }, 500).evaluateEverySteps).toBe(31);
    expect(resolveHyperparameters('km', { steps: 301, evaluateEverySteps: 7 }, 500).evaluateEverySteps).toBe(7);
  });

  it('never batches more images than there are', () => {
    expect(resolveHyperparameters('km', {}, 20).batchSize).toBe(20);
  });

  it.each<HyperparameterChoice>([
    { steps: 0 },
    { steps: 1.5 },
    { batchSize: 1 },
    { learningRate: NaN },
    { labelSmoothing: 0.6 },
    { shiftPixels: -1 },
    { cropScale: 0 },
    { averaging: 1 },
    { optimiser: 'adagrad' as 'sgd' },
    { balanced: 1 as unknown as boolean },
  ])('refuses %j', (chosen) => {
    expect(() => resolveHyperparameters('km', chosen, 500)).toThrow(HyperparameterError);
  });
});

describe('resolveWarmHyperparameters', () => {
  it('takes a tenth of the rates that were left open, and all others as they are', () => {
    const cold = resolveHyperparameters('km', {}, 500);
    const warm = resolveWarmHyperparameters('km', { headLearningRate: 0.02, learningRate: 'auto' }, 500);
    expect(warm).toEqual({ ...cold, learningRate: cold.learningRate * 0.1, headLearningRate: 0.02 });
  });
});
