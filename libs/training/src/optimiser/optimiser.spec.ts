import { clipGradients } from './clip-gradients.js';
import { createOptimiser } from './create-optimiser.js';
import type { OptimisedParameter } from './optimiser.types.js';
import { WeightAverage } from './weight-average.js';

const parameter = (values: number[], weightDecay = 0): OptimisedParameter => ({
  name: 'w',
  shape: [values.length],
  values: Float32Array.from(values),
  learningRate: 0.1,
  weightDecay,
});
const create = (optimiser: 'adam' | 'sgd', w: OptimisedParameter) => createOptimiser({ optimiser }, [w]);
const gradient =
  (...values: number[]) =>
  () =>
    Float32Array.from(values);

describe.each(['adam', 'sgd'] as const)('the optimiser %s', (name) => {
  it('decays apart from the gradient, by the rate', () => {
    const w = parameter([2], 0.5);
    create(name, w).step(gradient(0), 0.5);
    expect(w.values[0]).toBeCloseTo(2 * (1 - 0.5 * 0.1 * 0.5), 6);
  });

  it('never writes into the arrays it was given', () => {
    const w = parameter([1]);
    const [values, slope] = [w.values, Float32Array.of(1)];
    create(name, w).step(() => slope, 1);
    expect([values[0], slope[0], w.values === values]).toEqual([1, 1, false]);
  });

  it('goes on from a saved state bit for bit', () => {
    const slopes = [0.3, -1.7, 0.01, 2].map((value) => gradient(value, 1 / value));
    const whole = parameter([1, -1], 0.01);
    const optimiser = create(name, whole);
    slopes.slice(0, 2).forEach((slope) => optimiser.step(slope, 0.7));
    const half = { ...whole, values: whole.values.slice() };
    const resumed = create(name, half);
    resumed.restore(optimiser.state(), 2);
    slopes.slice(2).forEach((slope) => [optimiser, resumed].forEach((one) => one.step(slope, 0.7)));
    expect(half.values).toEqual(whole.values);
    expect(resumed.state()).toEqual(optimiser.state());
  });

  it('refuses a state of other parameters', () => {
    const state = create(name, parameter([1, 2])).state();
    expect(() => create(name, parameter([1])).restore(state, 1)).toThrow(RangeError);
  });
});

describe('Adam', () => {
  it('moves every value by the rate at first, whatever the size of its gradient', () => {
    const w = parameter([1, 1, 1]);
    create('adam', w).step(gradient(5, -0.01, 0), 1);
    expect(Array.from(w.values)).toEqual([0.9, 1.1, 1].map((value) => expect.closeTo(value, 5)));
  });

  it('corrects both moments for their start', () => {
    // Second step with gradients 1 then 3: m = 0.9·0.1 + 0.1·3 = 0.39, over 1 − 0.9² = 0.19;
    // v = 0.99·0.01 + 0.01·9 = 0.0999, over 1 − 0.99² = 0.0199; so the step is 0.1 · 2.052632 / 2.240560.
    const w = parameter([0]);
    const optimiser = create('adam', w);
    optimiser.step(gradient(1), 1);
    optimiser.step(gradient(3), 1);
    expect(w.values[0]).toBeCloseTo(-0.1 - (0.1 * 2.052632) / 2.24056, 5);
  });
});

describe('stochastic gradient descent', () => {
  it('looks ahead along its momentum', () => {
    // Gradients 1 then 3: u = 1, then 0.9·1 + 3 = 3.9; the steps are 0.1·(1 + 0.9·1) and 0.1·(3 + 0.9·3.9).
    const w = parameter([0]);
    const optimiser = create('sgd', w);
    optimiser.step(gradient(1), 1);
    expect(w.values[0]).toBeCloseTo(-0.19, 6);
    optimiser.step(gradient(3), 1);
    expect(w.values[0]).toBeCloseTo(-0.19 - 0.651, 6);
  });
});

describe('clipGradients', () => {
  const gradients: Record<string, Float32Array> = { a: Float32Array.of(3, 0), b: Float32Array.of(-4) };
  const clipped = (limit: number) => {
    const gradientOf = clipGradients(Object.keys(gradients), (name) => gradients[name] ?? new Float32Array(), limit);
    return Object.keys(gradients).map((name) => Array.from(gradientOf(name)));
  };

  it('scales all gradients by the same factor, to the norm asked for', () => {
    expect(clipped(1)).toEqual([[expect.closeTo(0.6, 6), 0], [expect.closeTo(-0.8, 6)]]);
  });

  it('leaves gradients below the limit alone', () => {
    expect(clipped(5)).toEqual([[3, 0], [-4]]);
  });
});

describe('WeightAverage', () => {
  it('forgets the start fast, and keeps the share asked for later', () => {
    const w = parameter([0]);
    const average = new WeightAverage([w], 0.5);
    w.values = Float32Array.of(11);
    average.update();
    // Keeps 2/11 of the initial zero.
    expect(average.valuesOf('w')[0]).toBeCloseTo(9, 5);
    for (let step = 2; step <= 20; step++) average.update();
    const before = average.valuesOf('w')[0] ?? NaN;
    w.values = Float32Array.of(0);
    average.update();
    expect(average.valuesOf('w')[0]).toBeCloseTo(0.5 * before, 5);
  });

  it('goes on from a saved state bit for bit', () => {
    const w = parameter([0, 1]);
    const average = new WeightAverage([w], 0.9);
    w.values = Float32Array.of(1 / 3, 5);
    average.update();
    const resumed = new WeightAverage([w], 0.9);
    resumed.restore(average.state(), 1);
    w.values = Float32Array.of(7, 1 / 7);
    [average, resumed].forEach((one) => one.update());
    expect(resumed.state()).toEqual(average.state());
  });
});
