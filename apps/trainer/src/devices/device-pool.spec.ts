import type { Device } from './device.types.js';
import { DevicePool } from './device-pool.js';

const device = (name: string): Device => ({ name, backend: undefined, environment: {} });
const LONG_MS = 60_000;

/** A use that lasts until it is told to end. */
const use = (pool: DevicePool, patienceMs = LONG_MS) => {
  let end: () => void = () => undefined;
  let lent: (name: string) => void = () => undefined;
  const name = new Promise<string>((resolve) => (lent = resolve));
  const done = pool.lend(patienceMs, async (taken) => {
    lent(taken.name);
    await new Promise<void>((resolve) => (end = resolve));
    return taken.name;
  });
  return { name, done, end: () => end() };
};

describe('a pool of devices', () => {
  it('lends each to one job at a time, and counts those that are lent', async () => {
    const pool = new DevicePool([device('a'), device('b')]);
    const [first, second] = [use(pool), use(pool)];
    expect([await first.name, await second.name]).toEqual(['a', 'b']);
    expect(pool.lent).toBe(2);
    const third = use(pool);
    second.end();
    expect(await third.name).toBe('b');
    first.end();
    third.end();
    await Promise.all([first.done, second.done, third.done]);
    expect(pool.lent).toBe(0);
  });

  it('says so when none becomes free in time, and lends on as before', async () => {
    const pool = new DevicePool([device('a')]);
    const first = use(pool);
    expect(await use(pool, 1).done).toBeUndefined();
    first.end();
    await first.done;
    expect(await use(pool).name).toBe('a');
  });

  it('takes a device back from a job that fails', async () => {
    const pool = new DevicePool([device('a')]);
    await expect(pool.lend(LONG_MS, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(pool.lent).toBe(0);
  });
});
