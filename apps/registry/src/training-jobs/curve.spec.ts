import type { JobMetric } from '@kernelcast/contracts';
import * as fc from 'fast-check';
import { thinCurve } from './curve.js';

const point = (step: number, loss: number | null): JobMetric => ({
  step,
  at: '2030-01-01T00:00:00.000Z',
  loss,
  batchLoss: null,
  accuracy: null,
  imagesPerSecond: null,
});
const curve = (length: number, lossAt: (step: number) => number | null): JobMetric[] =>
  Array.from({ length }, (_, step) => point(step, lossAt(step)));
const stepsOf = (points: readonly JobMetric[]): number[] => points.map(({ step }) => step);

describe('thinning a curve', () => {
  it('leaves one alone that is short enough', () => {
    const points = curve(5, (step) => step);
    expect(thinCurve(points, 5)).toEqual(points);
    expect(thinCurve([], 2)).toEqual([]);
  });

  it('keeps the ends alone when no more may stay', () => {
    expect(
      stepsOf(
        thinCurve(
          curve(100, () => 1),
          2,
        ),
      ),
    ).toEqual([0, 99]);
  });

  it('keeps what stands out', () => {
    const points = curve(1000, (step) => (step === 417 ? 9 : 1));
    expect(stepsOf(thinCurve(points, 20))).toContain(417);
  });

  it('keeps of each bucket the point of the largest triangle', () => {
    // Buckets (1, 2) and (3, 4). From (0, 0) and the mean (3.5, 0): 3.5 · 1 at 1 against 3.5 · 2 at 2.
    // From (2, 2) and the last point (5, 0): at 3, |(-3)(0 - 2) - (-1)(0 - 2)| = 4; at 4, |(-3)(-2) - (-2)(-2)| = 2.
    const points = [0, 1, 2, 0, 0, 0].map((loss, step) => point(step, loss));
    expect(stepsOf(thinCurve(points, 4))).toEqual([0, 2, 3, 5]);
  });

  it('copes with points without a loss', () => {
    const points = curve(50, (step) => (step % 2 ? null : step));
    expect(thinCurve(points, 10)).toHaveLength(10);
  });

  it('gives as many points as asked for, in order, among them the ends', () => {
    const losses = fc.array(fc.option(fc.double({ noNaN: true, min: -1e6, max: 1e6 })), { maxLength: 300 });
    fc.assert(
      fc.property(losses, fc.integer({ min: 2, max: 60 }), (values, limit) => {
        const points = values.map((loss, step) => point(step, loss));
        const steps = stepsOf(thinCurve(points, limit));
        expect(steps).toHaveLength(Math.min(values.length, limit));
        expect(steps).toEqual([...new Set(steps)].sort((a, b) => a - b));
        expect([steps[0], steps.at(-1)]).toEqual([points[0]?.step, points.at(-1)?.step]);
      }),
      { seed: 7, numRuns: 200 },
    );
  });
});
