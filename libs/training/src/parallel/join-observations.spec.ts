import { createPrng } from '@kernelcast/artifact';
import { joinObservations } from './join-observations.js';

const observe = (values: readonly number[]) => {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  return { layer: 'bn', mean: Float32Array.of(mean), variance: Float32Array.of(variance), count: values.length };
};

describe('joinObservations', () => {
  it('adds what parts differ by to what they vary by', () => {
    // 1, 3 and 10: means 2 and 10, variances 1 and 0; together mean 14/3, variance (1 + 9 + 100)/3 − (14/3)².
    const [joined] = joinObservations([[observe([1, 3])], [observe([10])]]);
    expect(joined).toMatchObject({ layer: 'bn', count: 3 });
    expect(joined?.mean[0]).toBeCloseTo(14 / 3, 6);
    expect(joined?.variance[0]).toBeCloseTo(110 / 3 - (14 / 3) ** 2, 5);
  });

  it('gives what the whole gives, however it is divided', () => {
    const prng = createPrng(3);
    const values = Array.from({ length: 24 }, () => 5 + prng.nextNormal());
    const whole = observe(values);
    for (const cuts of [[24], [1, 24], [7, 9, 24], [6, 12, 18, 24]]) {
      const parts = cuts.map((end, i) => [observe(values.slice(cuts[i - 1] ?? 0, end))]);
      const [joined] = joinObservations(parts);
      // Parts are rounded to single precision before they are joined.
      expect(joined?.mean[0]).toBeCloseTo(whole.mean[0] ?? NaN, 5);
      expect(joined?.variance[0]).toBeCloseTo(whole.variance[0] ?? NaN, 5);
    }
  });

  it('leaves a single part as it is, bit for bit', () => {
    const prng = createPrng(4);
    const draw = () => Float32Array.from({ length: 50 }, () => prng.nextNormal());
    const part = [{ layer: 'bn', mean: draw(), variance: draw(), count: 3 * 64 }];
    expect(joinObservations([part])).toEqual(part);
  });

  it('joins nothing where there is no BatchNorm', () => {
    expect(joinObservations([[], []])).toEqual([]);
  });
});
