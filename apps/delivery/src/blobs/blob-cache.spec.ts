import { digestOfDigit } from '../testing/fleet.factory.js';
import { BlobCache } from './blob-cache.js';

const [A, B, C] = [digestOfDigit('a'), digestOfDigit('b'), digestOfDigit('c')];

describe('blobs in memory', () => {
  const reads: string[] = [];
  const read = async (digest: string, size: number) => {
    reads.push(digest);
    return Promise.resolve(Buffer.alloc(size));
  };
  beforeEach(() => reads.splice(0));

  it('are read once by all who ask at once, and not again', async () => {
    const cache = new BlobCache({ capacityBytes: 100, read });
    const answers = await Promise.all([1, 2, 3].map(() => cache.load(A, 10)));
    expect(new Set([...answers, await cache.load(A, 10), cache.get(A)]).size).toBe(1);
    expect(reads).toEqual([A]);
  });

  it('give way by their age since the last use, and never exceed their bound', async () => {
    const cache = new BlobCache({ capacityBytes: 100, read });
    await cache.load(A, 40);
    await cache.load(B, 40);
    cache.get(A);
    await cache.load(C, 40);
    expect([cache.get(A)?.length, cache.get(B), cache.get(C)?.length, cache.bytes]).toEqual([40, undefined, 40, 80]);
  });

  it('that are larger than all there is are given, and not kept', async () => {
    const cache = new BlobCache({ capacityBytes: 100, read });
    await cache.load(A, 40);
    expect((await cache.load(B, 101)).length).toBe(101);
    expect([cache.get(A)?.length, cache.get(B)]).toEqual([40, undefined]);
  });

  it('that could not be read are tried anew', async () => {
    let isAway = true;
    const failing = async () => (isAway ? Promise.reject(new Error('away')) : Promise.resolve(Buffer.alloc(1)));
    const cache = new BlobCache({ capacityBytes: 100, read: failing });
    await expect(Promise.all([cache.load(A, 1), cache.load(A, 1)])).rejects.toThrow('away');
    isAway = false;
    expect((await cache.load(A, 1)).length).toBe(1);
  });
});
