import fc from 'fast-check';
import { pairedTest } from './paired-test.js';

describe('pairedTest', () => {
  it.each([
    // Sums of binomial coefficients over a power of two: the whole tail twice, and the tail with half of its last term.
    [1, 9, (2 * (1 + 10)) / 2 ** 10, (2 * (1 + 10 / 2)) / 2 ** 10],
    [0, 5, 2 / 2 ** 5, 1 / 2 ** 5],
    [3, 12, (2 * (1 + 15 + 105 + 455)) / 2 ** 15, (2 * (1 + 15 + 105 + 455 / 2)) / 2 ** 15],
    [5, 5, 1, 1 - 252 / 2 ** 10 / 2],
    [0, 0, 1, 1],
  ])('of %i against %i', (a, b, exact, midP) => {
    expect(pairedTest(a, b).exact).toBeCloseTo(exact, 10);
    expect(pairedTest(a, b).midP).toBeCloseTo(midP, 10);
  });

  it('gives probabilities, the same for both sides, the mid-p below the exact one, for any counts', () => {
    fc.assert(
      fc.property(fc.nat(3000), fc.nat(3000), (a, b) => {
        const { exact, midP } = pairedTest(a, b);
        expect(midP).toBeGreaterThanOrEqual(0);
        expect(midP).toBeLessThanOrEqual(exact);
        expect(exact).toBeLessThanOrEqual(1);
        expect(pairedTest(b, a)).toEqual({ exact, midP });
      }),
      { numRuns: 50 },
    );
  });
});
