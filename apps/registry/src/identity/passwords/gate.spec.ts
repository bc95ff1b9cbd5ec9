import { Gate } from './gate.js';

const deferred = () => {
  let finish: () => void = () => undefined;
  const done = new Promise<void>((resolve) => (finish = resolve));
  return { done, finish };
};

describe('Gate', () => {
  it('lets a few run, some wait in their order, and turns the rest away', async () => {
    const gate = new Gate({ concurrency: 2, waiting: 2 });
    const works = Array.from({ length: 5 }, deferred);
    const started: number[] = [];
    const runs = works.map(({ done }, i) => gate.run(async () => (started.push(i), done)));
    await expect(runs[4]).rejects.toMatchObject({ code: 'too_many_requests' });
    expect(started).toEqual([0, 1]);
    works[1]?.finish();
    await runs[1];
    await new Promise(setImmediate);
    expect(started).toEqual([0, 1, 2]);
    works.forEach(({ finish }) => finish());
    await Promise.all(runs.slice(0, 4));
    expect(started).toEqual([0, 1, 2, 3]);
  });

  it('gives the place of what failed to the next', async () => {
    const gate = new Gate({ concurrency: 1, waiting: 1 });
    await expect(gate.run(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
    await expect(gate.run(() => Promise.resolve('yes'))).resolves.toBe('yes');
  });
});
