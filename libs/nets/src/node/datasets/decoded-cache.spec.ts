import { DecodedCache } from './decoded-cache.js';

const image = (fill: number, length = 4) => new Uint8Array(length).fill(fill);
const kept = (cache: DecodedCache) => [0, 1, 2, 3].filter((index) => cache.get(index) !== undefined);

describe('DecodedCache', () => {
  it('gives back what it was given', () => {
    const cache = new DecodedCache(8);
    cache.set(1, image(7));
    expect(cache.get(1)).toEqual(image(7));
    expect(cache.get(2)).toBeUndefined();
  });

  it('drops what was not used for longest, and never holds more than its limit', () => {
    const cache = new DecodedCache(11);
    for (const index of [0, 1]) cache.set(index, image(index));
    cache.get(0);
    cache.set(2, image(2));
    expect(kept(cache)).toEqual([0, 2]);
    expect(cache.bytes).toBe(8);
    cache.set(3, image(3, 11));
    expect(kept(cache)).toEqual([3]);
    expect(cache.bytes).toBe(11);
  });

  it('keeps nothing that is larger than all of it', () => {
    const cache = new DecodedCache(4);
    cache.set(0, image(0));
    cache.set(1, image(1, 5));
    expect(kept(cache)).toEqual([0]);
  });

  it('counts an image once, however often it comes', () => {
    const cache = new DecodedCache(8);
    for (let i = 0; i < 3; i++) cache.set(0, image(0));
    expect(cache.bytes).toBe(4);
  });
});
