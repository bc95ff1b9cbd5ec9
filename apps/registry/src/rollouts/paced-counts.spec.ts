import { PacedCounts } from './paced-counts.js';

const setUp = (tookMs: number) => {
  let time = 1_000_000;
  let taken = 0;
  const counts = new PacedCounts<number>(() => time);
  const count = () => {
    time += tookMs;
    return Promise.resolve(++taken);
  };
  const get = async (of = 'wave 0') => (await counts.get({ id: 'rol_1', of, cheapMs: 50 }, count)).counts;
  return { get, pass: (ms: number) => (time += ms) };
};

describe('counts of a large fleet', () => {
  it('are given again for a while that follows their cost', async () => {
    const { get, pass } = setUp(1000);
    expect([await get(), await get()]).toEqual([1, 1]);
    pass(18_999);
    expect(await get()).toBe(1);
    pass(1);
    expect(await get()).toBe(2);
  });

  it('are taken each time while they are cheap, and at once for another wave', async () => {
    const cheap = setUp(5);
    expect([await cheap.get(), await cheap.get()]).toEqual([1, 2]);
    const dear = setUp(1000);
    expect([await dear.get(), await dear.get('wave 1')]).toEqual([1, 2]);
  });

  it('are taken once for all who ask at the same time', async () => {
    const { get } = setUp(5);
    expect(await Promise.all([get(), get(), get()])).toEqual([1, 1, 1]);
  });
});
