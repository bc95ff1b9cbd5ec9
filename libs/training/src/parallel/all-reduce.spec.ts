import { AllReduce, createExchange, segmentOf } from './all-reduce.js';
import type { Contribution, Reduction } from './all-reduce.js';
import { createBarrierCells, Barrier } from './barrier.js';

const contribution = (images: number, gradients: number[], changes: Partial<Contribution> = {}): Contribution => ({
  images,
  hits: images - 1,
  loss: images,
  gradients: Float32Array.from(gradients),
  observations: [{ layer: 'bn', mean: Float32Array.of(images), variance: Float32Array.of(0), count: images * 4 }],
  ...changes,
});

/** What each thread would get; here one runs after the other, so each first publishes and then sums. */
function reduceAll(parts: readonly Contribution[]): Reduction[] {
  const threads = parts.length;
  const shape = { threads, gradients: parts[0]?.gradients.length ?? 0, statistics: 2, norms: 1 };
  const exchange = createExchange(shape);
  const cells = createBarrierCells();
  const alone = new Barrier(cells, 1, 0);
  const run = (barrier: Pick<Barrier, 'wait'>) =>
    parts.map((part, index) => () => new AllReduce(shape, exchange, index, barrier as Barrier).reduce(part));
  const stop = new Error('published');
  const publishOnly = {
    wait: () => {
      throw stop;
    },
  };
  for (const publish of run(publishOnly)) expect(publish).toThrow(stop);
  run(alone).forEach((sum) => sum());
  return run(alone).map((sum) => sum());
}

describe('AllReduce', () => {
  it('weighs parts by their images, and gives every thread the same', () => {
    const [first, second] = reduceAll([contribution(3, [1, 0, 8]), contribution(1, [5, 4, 0])]);
    expect(second).toEqual(first);
    expect([...(first?.gradients ?? [])]).toEqual([2, 1, 6]);
    expect(first).toMatchObject({ loss: (3 * 3 + 1 * 1) / 4, accuracy: 2 / 4 });
    // Means 3 and 1, of 12 and 4 values: together 2.5, and all variance lies between the parts.
    expect(first?.observations).toEqual([
      { layer: 'bn', mean: Float32Array.of(2.5), variance: Float32Array.of(0.75), count: 16 },
    ]);
  });

  it('leaves the gradients of a single thread as they are, bit for bit', () => {
    const gradients = [0.1, 1 / 3, -1e-30, 7e30];
    const [only] = reduceAll([contribution(7, gradients, { loss: Math.fround(0.3) })]);
    expect(only?.gradients).toEqual(Float32Array.from(gradients));
    expect(only?.loss).toBe(Math.fround(0.3));
  });

  it('divides what no thread count divides', () => {
    const parts = [1, 2, 3].map((images) => contribution(images, [6, 12, 18, 24, 30]));
    for (const { gradients } of reduceAll(parts)) expect([...gradients]).toEqual([6, 12, 18, 24, 30]);
    expect([0, 1, 2].map((index) => segmentOf(5, 3, index))).toEqual([
      [0, 1],
      [1, 3],
      [3, 5],
    ]);
  });

  it.each([NaN, Infinity])('tells everybody when one loss is %p', (loss) => {
    const reduced = reduceAll([contribution(2, [1]), contribution(2, [1], { loss })]);
    expect(reduced.map((one) => Number.isFinite(one.loss))).toEqual([false, false]);
  });
});
