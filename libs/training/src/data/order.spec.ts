import { createBatchOrder } from './order.js';

const images = (...counts: number[]): Uint16Array =>
  Uint16Array.from(counts.flatMap((count, label) => Array.from({ length: count }, () => label)));

describe('the order of batches', () => {
  const order = (seed = 1) => createBatchOrder({ labels: images(10), batchSize: 3, seed, balanced: false });

  it('shows each image at most once per epoch, in whole batches', () => {
    const one = order();
    expect(one.batchesPerEpoch).toBe(3);
    const shown = [0, 1, 2].flatMap((step) => Array.from(one.at(step)));
    expect(new Set(shown).size).toBe(9);
    expect(Math.max(...shown)).toBeLessThan(10);
  });

  it('has another order each epoch and for each seed', () => {
    const epoch = (first: number, seed?: number) => [0, 1, 2].flatMap((i) => Array.from(order(seed).at(first + i)));
    expect(epoch(0)).not.toEqual(epoch(3));
    expect(epoch(0)).not.toEqual(epoch(0, 2));
  });
});

describe('the balanced order of batches', () => {
  const labels = images(50, 2, 7);
  const order = (seed = 1, batchSize = 6) => createBatchOrder({ labels, batchSize, seed, balanced: true });
  const row = (steps: number, seed?: number, batchSize?: number) => {
    const one = order(seed, batchSize);
    return Array.from({ length: steps }, (_, step) => Array.from(one.at(step))).flat();
  };

  it('shows every class equally often in every batch', () => {
    const one = order();
    for (let step = 0; step < 20; step++) {
      const classes = Array.from(one.at(step), (image) => labels[image]);
      expect(classes.sort()).toEqual([0, 0, 1, 1, 2, 2]);
    }
  });

  it('shows each class as often within one where classes do not divide the batch', () => {
    const one = order(1, 7);
    for (let step = 0; step < 20; step++) {
      const classes = Array.from(one.at(step), (image) => labels[image]);
      const counts = [0, 1, 2].map((label) => classes.filter((one) => one === label).length);
      expect(Math.min(...counts)).toBeGreaterThanOrEqual(1);
      expect(Math.max(...counts)).toBeLessThanOrEqual(3);
    }
    const first = row(30, 1, 7).map((image) => labels[image]);
    expect([0, 1, 2].map((label) => first.filter((one) => one === label).length)).toEqual([70, 70, 70]);
  });

  it('goes through all images of a class before any comes again, in another order', () => {
    const large = row(200).filter((image) => labels[image] === 0);
    const passes = [0, 1].map((pass) => large.slice(50 * pass, 50 * (pass + 1)));
    for (const pass of passes) expect(new Set(pass).size).toBe(50);
    expect(passes[0]).not.toEqual(passes[1]);
    const small = row(200).filter((image) => labels[image] === 1);
    expect(new Set(small)).toEqual(new Set([50, 51]));
  });

  it('differs by seed, and counts epochs by images', () => {
    expect(row(3, 1)).not.toEqual(row(3, 2));
    expect(order().batchesPerEpoch).toBe(9);
  });

  it('does well without a class that has no image', () => {
    const gap = Uint16Array.of(0, 2, 2, 2);
    const one = createBatchOrder({ labels: gap, batchSize: 2, seed: 1, balanced: true });
    expect(Array.from(one.at(0), (image) => gap[image]).sort()).toEqual([0, 2]);
  });
});

it.each([true, false])('a step has the same images, whatever was asked before (balanced: %p)', (balanced) => {
  const create = () => createBatchOrder({ labels: images(9, 4), batchSize: 3, seed: 5, balanced });
  const used = create();
  for (const step of [7, 0, 4]) used.at(step);
  expect(used.at(5)).toEqual(create().at(5));
});
