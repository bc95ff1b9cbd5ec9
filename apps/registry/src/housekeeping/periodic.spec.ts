import { jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { Periodic } from './periodic.js';

const INTERVAL_MS = 1000;
const periodic = (work: () => Promise<unknown>): Periodic =>
  new Periodic({ name: 'test', intervalMs: INTERVAL_MS, work, onFault: 'it stays for now' });

beforeEach(() => jest.useFakeTimers());
afterEach(() => {
  jest.useRealTimers();
  jest.restoreAllMocks();
});

describe('Periodic', () => {
  it('runs at once, after every interval, and no more once stopped', async () => {
    let runs = 0;
    const task = periodic(() => Promise.resolve(++runs));
    await task.start();
    expect(runs).toBe(1);
    await jest.advanceTimersByTimeAsync(2 * INTERVAL_MS);
    expect(runs).toBe(3);
    await task.stop();
    await jest.advanceTimersByTimeAsync(5 * INTERVAL_MS);
    expect(runs).toBe(3);
  });

  it('never runs twice at a time, and is stopped when the run at hand has ended', async () => {
    const finish: (() => void)[] = [];
    const task = periodic(() => new Promise<void>((resolve) => finish.push(resolve)));
    void task.start();
    await jest.advanceTimersByTimeAsync(3 * INTERVAL_MS);
    expect(finish).toHaveLength(1);
    let stopped = false;
    const stopping = task.stop().then(() => (stopped = true));
    await jest.advanceTimersByTimeAsync(0);
    expect(stopped).toBe(false);
    finish[0]?.();
    await stopping;
    expect(finish).toHaveLength(1);
  });

  it('logs a fault and tries again', async () => {
    const warn = jest.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
    let runs = 0;
    const task = periodic(() => (++runs === 1 ? Promise.reject(new Error('away')) : Promise.resolve()));
    await task.start();
    expect(warn).toHaveBeenCalledWith('it stays for now: Error: away');
    await jest.advanceTimersByTimeAsync(INTERVAL_MS);
    expect(runs).toBe(2);
    await task.stop();
  });
});
