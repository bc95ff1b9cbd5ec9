import { initBackend } from '@kernelcast/compute';
import { methodNames } from '@kernelcast/km';
import { DEFAULT_HYPERPARAMETERS } from '../hyperparameters/defaults.js';
import { tinyBase, tinyDataset } from './tiny-task.fixture.js';
import { train } from './train.js';

/** Of three classes. */
const CHANCE = 1 / 3;

beforeAll(() => initBackend({ force: 'wasm' }));

describe('the training loop', () => {
  it('has tuned defaults for every method there is', () => {
    expect(Object.keys(DEFAULT_HYPERPARAMETERS).sort()).toEqual(methodNames().sort());
  });

  it.each(methodNames())('teaches the tiny task by %s', async (method) => {
    const result = await train({
      base: tinyBase(),
      dataset: tinyDataset(),
      method,
      budget: { paramsRatio: 0.2 },
      seed: 3,
      predictions: true,
    });
    expect(result.metrics.top1).toBeGreaterThan(2 * CHANCE);
    expect(result.plan.method).toBe(method);
    // What was predicted is what was counted.
    const hits = tinyDataset().test.labels.filter((label, i) => result.metrics.predictions?.[i] === label).length;
    expect(hits / 30).toBeCloseTo(result.metrics.top1, 10);
  });
});
