import fc from 'fast-check';
import { raiseLevels } from './raise-levels.js';
import type { Adaptable } from './raise-levels.js';

const kernel = (step: number, levels: number, worth = 1): Adaptable => ({
  costs: Array.from({ length: levels }, (_, i) => (i + 1) * step),
  worth,
});
const spent = (kernels: readonly Adaptable[], levels: readonly number[]) =>
  kernels.reduce((sum, { costs }, i) => sum + (costs[levels[i] ?? -1] ?? 0), 0);

describe('raiseLevels', () => {
  it('raises all together, and one that has no more sizes stays at its last', () => {
    expect(raiseLevels([kernel(10, 9), kernel(5, 2), kernel(10, 9)], 72, 0)).toEqual([2, 1, 2]);
  });

  it('spends the rest on those that come closest to it', () => {
    // 10 of 31 are left after the common size 21: 7 and 3 fill them, 9 does not
    expect(raiseLevels([kernel(9, 2), kernel(7, 2), kernel(3, 2), kernel(2, 1)], 31, 0)).toEqual([0, 1, 1, 0]);
  });

  it('prefers what is worth more among equals', () => {
    expect(raiseLevels([kernel(4, 2, 1), kernel(4, 2, 3), kernel(4, 2, 2)], 16, 0)).toEqual([0, 1, 0]);
  });

  it('goes on to further sizes while something is left', () => {
    expect(raiseLevels([kernel(2, 10), kernel(100, 2)], 110, 0)).toEqual([4, 0]);
  });

  it('may leave kernels out where no size is asked for', () => {
    expect(raiseLevels([kernel(8, 3, 1), kernel(6, 3, 2)], 9, -1)).toEqual([0, -1]);
    expect(raiseLevels([kernel(8, 3, 1), kernel(6, 3, 2)], 5, -1)).toEqual([-1, -1]);
    expect(raiseLevels([], 5, 0)).toEqual([]);
  });

  it('comes as close as any choice of the common size and one more, and closer where further sizes help', () => {
    const kernels = fc.array(
      fc.tuple(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 4 })).map(([step, n]) => kernel(step, n)),
      { minLength: 1, maxLength: 6 },
    );
    fc.assert(
      fc.property(kernels, fc.nat(200), (all, more) => {
        const least = spent(all, all.map(() => 0)); // prettier-ignore
        const allowed = least + more;
        const found = spent(all, raiseLevels(all, allowed, 0));
        expect(found).toBeLessThanOrEqual(allowed);
        expect(found).toBeGreaterThanOrEqual(bestOfOneMore(all, allowed));
      }),
      { numRuns: 500 },
    );
  });
});

/** By trying every subset. */
function bestOfOneMore(kernels: readonly Adaptable[], allowed: number): number {
  const at = (common: number, subset: number) =>
    kernels.map(({ costs }, i) => Math.min(common + ((subset >> i) & 1), costs.length - 1));
  let common = 0;
  while (common < 4 && spent(kernels, at(common + 1, 0)) <= allowed) common++;
  const totals = Array.from({ length: 2 ** kernels.length }, (_, subset) => spent(kernels, at(common, subset)));
  return Math.max(...totals.filter((total) => total <= allowed));
}
