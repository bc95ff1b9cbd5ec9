import { augment, pick } from './augment.js';
import { BatchOrder } from './order.js';
import { deriveSeed } from './seeds.js';

describe('BatchOrder', () => {
  const order = (seed = 1) => new BatchOrder({ count: 10, batchSize: 3, seed });

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

  it('gives a step the same images, whatever was asked before', () => {
    const used = order();
    for (const step of [7, 0, 4]) used.at(step);
    expect(used.at(5)).toEqual(order().at(5));
  });
});

describe('augment', () => {
  const spec = { height: 2, width: 3, channels: 1 };
  const image = Uint8Array.of(1, 2, 3, 4, 5, 6);
  const variants = (shiftPixels: number, flip: boolean) => {
    const indices = new Uint32Array(200);
    const all = augment(image, indices, spec, { shiftPixels, flip, seed: 1 });
    return new Set(Array.from(indices, (_, n) => all.subarray(n * 6, n * 6 + 6).join()));
  };

  it('leaves images alone when there is nothing to do', () => {
    expect(variants(0, false)).toEqual(new Set(['1,2,3,4,5,6']));
  });

  it('mirrors left to right', () => {
    expect(variants(0, true)).toEqual(new Set(['1,2,3,4,5,6', '3,2,1,6,5,4']));
  });

  it('moves by up to one pixel each way, and repeats the edge', () => {
    const rows = { up: '4,5,6,4,5,6', none: '1,2,3,4,5,6', down: '1,2,3,1,2,3' };
    const all = variants(1, false);
    expect(all.size).toBe(9);
    for (const moved of Object.values(rows)) expect(all).toContain(moved);
    expect(all).toContain('2,3,3,5,6,6');
    expect(all).toContain('1,1,2,4,4,5');
  });

  it('takes the images that are asked for, in that order', () => {
    const images = Uint8Array.from({ length: 18 }, (_, i) => i);
    const indices = Uint32Array.of(2, 0);
    const expected = [12, 13, 14, 15, 16, 17, 0, 1, 2, 3, 4, 5];
    expect(Array.from(pick(images, indices, 6))).toEqual(expected);
    expect(Array.from(augment(images, indices, spec, { shiftPixels: 0, flip: false, seed: 9 }))).toEqual(expected);
  });
});

describe('deriveSeed', () => {
  it('gives every event a seed of its own', () => {
    const seeds = [0, 1, 2].flatMap((seed) =>
      [1, 2, 3].flatMap((stream) => Array.from({ length: 100 }, (_, index) => deriveSeed(seed, stream, index))),
    );
    expect(new Set(seeds).size).toBe(900);
    expect(seeds.every((seed) => Number.isInteger(seed) && seed >= 0 && seed < 2 ** 32)).toBe(true);
  });

  it('never changes, so that old runs can be repeated', () => {
    expect([deriveSeed(0, 1, 0), deriveSeed(7, 2, 300)]).toMatchInlineSnapshot(`
     [
       3097737238,
       717101294,
     ]
    `);
  });
});
