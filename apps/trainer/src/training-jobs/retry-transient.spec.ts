import { StorageError } from '@kernelcast/storage';
import { retryTransient } from './retry-transient.js';

const away = () => new StorageError('storage_unavailable', 'the store is away');

/** Fails with each of the errors in turn, then succeeds. */
const failing = (...errors: Error[]) => {
  const pending = [...errors];
  return async (): Promise<string> => {
    const error = pending.shift();
    if (error) throw error;
    return 'done';
  };
};

describe('retryTransient', () => {
  it('waits longer and longer while the store is away, up to five seconds', async () => {
    const waits: number[] = [];
    const wait = async (ms: number): Promise<void> => void waits.push(ms);
    const { signal } = new AbortController();
    const call = failing(...Array.from({ length: 7 }, away));
    await expect(retryTransient(call, { signal, wait })).resolves.toBe('done');
    expect(waits).toEqual([250, 500, 1000, 2000, 4000, 5000, 5000]);
  });

  it('passes on an error that a second try would meet again', async () => {
    const { signal } = new AbortController();
    const gone = new StorageError('object_not_found', 'no such object');
    await expect(retryTransient(failing(gone), { signal })).rejects.toBe(gone);
  });

  it('gives up when nobody waits for the answer any more', async () => {
    const controller = new AbortController();
    const error = away();
    const wait = async (): Promise<void> => controller.abort();
    await expect(retryTransient(failing(error), { signal: controller.signal, wait })).rejects.toBe(error);
  });

  it('gives up when it was to wait for so long and no longer', async () => {
    const waits: number[] = [];
    const wait = async (ms: number): Promise<void> => void waits.push(ms);
    const { signal } = new AbortController();
    const call = failing(...Array.from({ length: 9 }, away));
    await expect(retryTransient(call, { signal, wait, forAtMostMs: 700 })).rejects.toMatchObject({
      code: 'storage_unavailable',
    });
    expect(waits).toEqual([250, 500]);
  });
});
