import { TokenBuckets } from './token-buckets.js';

let clock = 0;
const now = (): number => clock;
beforeEach(() => {
  clock = 1_000_000;
});

describe('token buckets', () => {
  it('allow a burst up to the capacity, and then as much as comes back', () => {
    const buckets = new TokenBuckets<string>({ rule: { capacity: 3, refillPerSecond: 2 }, now });
    const burst = [1, 2, 3, 4].map(() => buckets.take('a'));
    expect(burst.map(({ isAllowed, remaining }) => [isAllowed, remaining])).toEqual([
      [true, 2],
      [true, 1],
      [true, 0],
      [false, 0],
    ]);
    expect(burst[3]).toMatchObject({ retryAfterMs: 500, fullAfterMs: 1500 });
    clock += 499;
    expect(buckets.take('a').isAllowed).toBe(false);
    clock += 1;
    expect(buckets.take('a')).toMatchObject({ isAllowed: true, remaining: 0, retryAfterMs: 0 });
  });

  it('hold no more than their capacity, however long nobody takes', () => {
    const buckets = new TokenBuckets<string>({ rule: { capacity: 2, refillPerSecond: 1 }, now });
    buckets.take('a');
    clock += 3_600_000;
    expect([1, 2, 3].map(() => buckets.take('a').isAllowed)).toEqual([true, true, false]);
  });

  it('take all of a cost or none of it, and of one above the capacity a full bucket', () => {
    const buckets = new TokenBuckets<number>({ rule: { capacity: 10, refillPerSecond: 1 }, now });
    expect(buckets.take(1, 8)).toMatchObject({ isAllowed: true, remaining: 2 });
    expect(buckets.take(1, 5)).toMatchObject({ isAllowed: false, remaining: 2, retryAfterMs: 3000 });
    expect(buckets.take(1, 0)).toMatchObject({ isAllowed: true, remaining: 2 });
    expect(buckets.take(2, 1e9)).toMatchObject({ isAllowed: true, remaining: 0, fullAfterMs: 10_000 });
    expect(buckets.take(2, 1e9)).toMatchObject({ isAllowed: false, retryAfterMs: 10_000 });
  });

  it('lose no token to the rounding of a rate that is no fraction of two', () => {
    const buckets = new TokenBuckets<string>({ rule: { capacity: 7, refillPerSecond: 3 }, now });
    expect(Array.from({ length: 8 }, () => buckets.take('a').remaining)).toEqual([6, 5, 4, 3, 2, 1, 0, 0]);
  });

  it('stay bounded under a flood of keys, and keep those in use', () => {
    const buckets = new TokenBuckets<number>({ rule: { capacity: 2, refillPerSecond: 0.001 }, maxKeys: 100, now });
    expect([buckets.take(-1).isAllowed, buckets.take(-1).isAllowed]).toEqual([true, true]);
    for (let key = 0; key < 1000; key++) {
      buckets.take(key);
      expect(buckets.take(-1).isAllowed).toBe(false);
    }
    expect(buckets.size).toBeLessThanOrEqual(100);
  });

  it('let go of buckets that are full again', () => {
    const buckets = new TokenBuckets<number>({ rule: { capacity: 2, refillPerSecond: 1 }, now });
    for (let key = 0; key < 1000; key++) buckets.take(key);
    expect(buckets.size).toBe(1000);
    clock += 1000;
    for (let taken = 0; taken < 1000; taken++) buckets.take(-1, 0.001);
    expect(buckets.size).toBe(1);
  });

  it('are refused a rule that gives nothing', () => {
    for (const rule of [
      { capacity: 0, refillPerSecond: 1 },
      { capacity: 1, refillPerSecond: Number.NaN },
    ]) {
      expect(() => new TokenBuckets({ rule })).toThrow(RangeError);
    }
  });
});
