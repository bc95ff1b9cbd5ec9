import { AdamW } from './adamw.js';
import type { OptimisedParameter } from './adamw.js';
import { rateAt } from './schedule.js';

const parameter = (values: number[], weightDecay = 0): OptimisedParameter => ({
  name: 'w',
  shape: [values.length],
  values: Float32Array.from(values),
  learningRate: 0.1,
  weightDecay,
});

describe('AdamW', () => {
  it('moves every value by the rate at first, whatever the size of its gradient', () => {
    const w = parameter([1, 1, 1]);
    new AdamW([w]).step(() => Float32Array.of(5, -0.01, 0), 1);
    expect(Array.from(w.values)).toEqual([0.9, 1.1, 1].map((value) => expect.closeTo(value, 5)));
  });

  it('corrects both moments for their start', () => {
    // Second step with gradients 1 then 3: m = 0.9·0.1 + 0.1·3 = 0.39, over 1 − 0.9² = 0.19;
    // v = 0.99·0.01 + 0.01·9 = 0.0999, over 1 − 0.99² = 0.0199; so the step is 0.1 · 2.052632 / 2.240560.
    const w = parameter([0]);
    const optimiser = new AdamW([w]);
    optimiser.step(() => Float32Array.of(1), 1);
    optimiser.step(() => Float32Array.of(3), 1);
    expect(w.values[0]).toBeCloseTo(-0.1 - (0.1 * 2.052632) / 2.24056, 5);
  });

  it('decays apart from the gradient, by the rate', () => {
    const w = parameter([2], 0.5);
    new AdamW([w]).step(() => Float32Array.of(0), 0.5);
    expect(w.values[0]).toBeCloseTo(2 * (1 - 0.5 * 0.1 * 0.5), 6);
  });

  it('never writes into the array it was given', () => {
    const w = parameter([1]);
    const given = w.values;
    new AdamW([w]).step(() => Float32Array.of(1), 1);
    expect([given[0], w.values === given]).toEqual([1, false]);
  });

  it('refuses a state of other parameters', () => {
    const state = new AdamW([parameter([1, 2])]).state();
    expect(() => new AdamW([parameter([1])]).restore(state, 1)).toThrow(RangeError);
  });
});

describe('rateAt', () => {
  const schedule = { schedule: 'cosine', steps: 1000, warmUpSteps: 10, finalRate: 0 } as const;

  it('rises over the warm-up, then falls as a cosine to zero', () => {
    expect(rateAt(0, schedule)).toBeCloseTo(0.1, 6);
    expect(rateAt(500, schedule)).toBeCloseTo(0.5, 6);
    expect(rateAt(1000, schedule)).toBe(0);
    const rates = Array.from({ length: 990 }, (_, i) => rateAt(i + 9, schedule));
    expect(rates).toEqual([...rates].sort((a, b) => b - a));
  });

  it('falls to a floor that is not zero', () => {
    const floored = { ...schedule, finalRate: 0.2 };
    expect(rateAt(500, floored)).toBeCloseTo(0.6, 6);
    expect(rateAt(1000, floored)).toBeCloseTo(0.2, 6);
  });

  it('stays where the warm-up has led', () => {
    const constant = { ...schedule, schedule: 'constant' } as const;
    expect([0, 4, 9, 500, 999].map((step) => rateAt(step, constant))).toEqual([0.1, 0.5, 1, 1, 1]);
  });

  it('begins at the peak without a warm-up', () => {
    expect(rateAt(0, { ...schedule, warmUpSteps: 0 })).toBe(1);
  });
});
