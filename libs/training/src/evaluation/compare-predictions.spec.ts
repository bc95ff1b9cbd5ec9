import fc from 'fast-check';
import { comparePredictions } from './compare-predictions.js';

/** Predictions for images of class 0: `better` only the first has right, `worse` only the second, and some both. */
function split(better: number, worse: number, both = 3) {
  const truth = new Uint16Array(better + worse + both);
  const first = Uint16Array.from(truth, (_, i) => (i >= better && i < better + worse ? 1 : 0));
  const second = Uint16Array.from(truth, (_, i) => (i < better ? 1 : 0));
  return comparePredictions(truth, first, second);
}

describe('comparePredictions', () => {
  it.each([
    // Sums of binomial coefficients over a power of two, doubled.
    [1, 9, (2 * (1 + 10)) / 2 ** 10],
    [0, 5, 2 / 2 ** 5],
    [3, 12, (2 * (1 + 15 + 105 + 455)) / 2 ** 15],
    [5, 5, 1],
    [0, 0, 1],
  ])('counts %i better and %i worse, and how likely chance does so', (better, worse, pValue) => {
    const found = split(better, worse);
    expect([found.better, found.worse]).toEqual([better, worse]);
    expect(found.pValue).toBeCloseTo(pValue, 10);
  });

  it('takes images that both have wrong for equal, even where they differ', () => {
    const found = comparePredictions(Uint16Array.of(0, 0), Uint16Array.of(1, 0), Uint16Array.of(2, 0));
    expect(found).toEqual({ better: 0, worse: 0, pValue: 1 });
  });

  it('gives a probability, the same for both sides, for any counts', () => {
    fc.assert(
      fc.property(fc.nat(3000), fc.nat(3000), (a, b) => {
        const { pValue } = split(a, b, 0);
        expect(pValue).toBeGreaterThanOrEqual(0);
        expect(pValue).toBeLessThanOrEqual(1);
        expect(split(b, a, 0).pValue).toBe(pValue);
      }),
      { numRuns: 50 },
    );
  });

  it('refuses predictions for other images', () => {
    expect(() => comparePredictions(new Uint16Array(3), new Uint16Array(3), new Uint16Array(2))).toThrow(RangeError);
  });
});
