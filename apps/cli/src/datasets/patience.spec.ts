import { ApiError } from '@kernelcast/api-client';
import { Patience } from './patience.js';

const refusal = (status: number) =>
  new ApiError({ type: 'about:blank', title: '', status, detail: `status ${status}`, code: 'x', requestId: '' });
const failing = (faults: readonly Error[]) => {
  const left = [...faults];
  return async () => {
    const fault = left.shift();
    if (fault) throw fault;
    return 'done';
  };
};

describe('Patience', () => {
  it('waits longer after each fault, up to a bound', async () => {
    const waits: number[] = [];
    const onFault = (_: unknown, waitMs: number) => void waits.push(waitMs);
    const patience = new Patience({ firstMs: 1, longestMs: 3, tries: 10, onFault });
    expect(await patience.run(failing([new Error('cut'), refusal(503), refusal(0)]))).toBe('done');
    expect(waits).toEqual([1, 2, 3]);
  });

  it('gives up after so many tries, and begins to count anew after progress', async () => {
    const patience = new Patience({ firstMs: 1, longestMs: 1, tries: 3 });
    const cut = new Error('cut');
    expect(await patience.run(failing([cut, cut]))).toBe('done');
    expect(await patience.run(failing([cut, cut]))).toBe('done');
    await expect(patience.run(failing([cut, cut, cut]))).rejects.toBe(cut);
  });

  it.each([401, 403, 404, 413, 422])('does not try again after a refusal with %d', async (status) => {
    const patience = new Patience({ firstMs: 1, longestMs: 1, tries: 3 });
    await expect(patience.run(failing([refusal(status)]))).rejects.toMatchObject({ status });
  });
});
