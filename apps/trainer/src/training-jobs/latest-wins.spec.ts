import { jest } from '@jest/globals';
import { LatestWins } from './latest-wins.js';

/** A writer whose writes end when the test says so. */
const slowWriter = () => {
  const written: number[] = [];
  const finish: (() => void)[] = [];
  const write = (value: number): Promise<void> => {
    written.push(value);
    return new Promise((resolve) => finish.push(resolve));
  };
  return { written, write, finishNext: () => finish.shift()?.() };
};

const activeTimers = () => process.getActiveResourcesInfo().filter((resource) => resource === 'Timeout').length;

const unexpected = (error: unknown): never => {
  throw error;
};

describe('LatestWins', () => {
  it('writes the first value at once and of later ones only the newest', async () => {
    const { written, write, finishNext } = slowWriter();
    const skipped: number[] = [];
    const writer = new LatestWins({ write, onError: unexpected, onSkipped: (value) => skipped.push(value) });
    writer.push(1);
    writer.push(2);
    writer.push(3);
    expect(written).toEqual([1]);
    finishNext();
    const flushed = writer.flush();
    await new Promise(setImmediate);
    finishNext();
    await flushed;
    expect(written).toEqual([1, 3]);
    expect(skipped).toEqual([2]);
  });

  it('keeps the interval between two writes', async () => {
    jest.useFakeTimers();
    try {
      const written: number[] = [];
      const write = async (value: number): Promise<void> => void written.push(value);
      const writer = new LatestWins({ write, onError: unexpected, intervalMs: 50 });
      for (const value of [1, 2, 3]) writer.push(value);
      await jest.advanceTimersByTimeAsync(49);
      expect(written).toEqual([1]);
      await jest.advanceTimersByTimeAsync(1);
      expect(written).toEqual([1, 3]);
    } finally {
      jest.useRealTimers();
    }
  });

  it('writes what is pending without waiting when it is flushed', async () => {
    const before = activeTimers();
    const written: number[] = [];
    const write = async (value: number): Promise<void> => void written.push(value);
    const writer = new LatestWins({ write, onError: unexpected, intervalMs: 60_000 });
    writer.push(1);
    writer.push(2);
    await writer.flush();
    expect(written).toEqual([1, 2]);
    expect(activeTimers()).toBe(before);
  });

  it('drops what is pending when it is cancelled, and says so', async () => {
    const { written, write, finishNext } = slowWriter();
    const skipped: number[] = [];
    const writer = new LatestWins({ write, onError: unexpected, onSkipped: (value) => skipped.push(value) });
    writer.push(1);
    writer.push(2);
    const cancelled = writer.cancel();
    finishNext();
    await cancelled;
    expect(written).toEqual([1]);
    expect(skipped).toEqual([2]);
  });

  it('goes on after a write that failed', async () => {
    const errors: unknown[] = [];
    const written: number[] = [];
    const write = async (value: number): Promise<void> => {
      if (value === 1) throw new Error('no');
      written.push(value);
    };
    const writer = new LatestWins({ write, onError: (error) => errors.push(error) });
    writer.push(1);
    writer.push(2);
    await writer.flush();
    expect(errors).toEqual([new Error('no')]);
    expect(written).toEqual([2]);
  });
});
