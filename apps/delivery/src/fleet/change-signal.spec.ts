import { ChangeSignal } from './change-signal.js';

const never = new AbortController().signal;
const LONG_MS = 1_000_000;

describe('ChangeSignal', () => {
  it('wakes everybody who waits, once', async () => {
    const changes = new ChangeSignal();
    const both = Promise.all([changes.next(LONG_MS, never), changes.next(LONG_MS, never)]);
    expect(changes.size).toBe(2);
    changes.wake();
    await both;
    expect(changes.size).toBe(0);
  });

  it('lets go of who has gone, and of who waited long enough', async () => {
    const changes = new ChangeSignal();
    const gone = new AbortController();
    const waits = [changes.next(LONG_MS, gone.signal), changes.next(1, never)];
    gone.abort();
    await Promise.all(waits);
    expect(changes.size).toBe(0);
  });

  it('holds nobody after it was closed', async () => {
    const changes = new ChangeSignal();
    const waiting = changes.next(LONG_MS, never);
    changes.close();
    await waiting;
    await changes.next(LONG_MS, never);
    expect([changes.isClosed, changes.size]).toEqual([true, 0]);
  });
});
