import { HyperparameterError } from '../training.errors.js';
import { DEFAULT_HYPERPARAMETERS, resolveHyperparameters } from './hyperparameters.js';

describe('resolveHyperparameters', () => {
  it('chooses steps from the size of the dataset, within limits', () => {
    const steps = (method: string, images: number) => resolveHyperparameters(method, {}, images).steps;
    expect([100, 2500, 10_000, 1_000_000].map((images) => steps('km', images))).toEqual([150, 300, 600, 3000]);
    expect(steps('head', 2500)).toBe(2250);
  });

  it('takes what is given, and the defaults of the method for the rest and for "auto"', () => {
    const settled = resolveHyperparameters('km', { steps: 7, learningRate: 'auto', flip: true, headLearningRate: undefined }, 500); // prettier-ignore
    expect(settled).toEqual({ ...DEFAULT_HYPERPARAMETERS['km'], steps: 7, flip: true });
  });

  it('never batches more images than there are', () => {
    expect(resolveHyperparameters('km', {}, 20).batchSize).toBe(20);
  });

  it.each([
    { steps: 0 },
    { steps: 1.5 },
    { batchSize: 1 },
    { learningRate: NaN },
    { labelSmoothing: 0.6 },
    { shiftPixels: -1 },
  ])('refuses %j', (chosen) => {
    expect(() => resolveHyperparameters('km', chosen, 500)).toThrow(HyperparameterError);
  });
});
