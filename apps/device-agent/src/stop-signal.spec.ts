import { EventEmitter } from 'node:events';
import { untilStopped } from './stop-signal.js';

class FakeProcess extends EventEmitter {
  readonly exits: number[] = [];
  exit(code: number): void {
    this.exits.push(code);
  }
}

describe('untilStopped', () => {
  it.each(['SIGINT', 'SIGTERM', 'disconnect'])('aborts on %s', (event) => {
    const host = new FakeProcess();
    const { signal } = untilStopped(host);
    expect(signal.aborted).toBe(false);
    host.emit(event);
    expect(signal.aborted).toBe(true);
    expect(host.exits).toEqual([]);
  });

  it('ends the process at once when it is asked twice', () => {
    const host = new FakeProcess();
    untilStopped(host);
    host.emit('SIGINT');
    host.emit('SIGINT');
    expect(host.exits).toEqual([130]);
  });

  it('keeps no listener that would keep the process', () => {
    const host = new FakeProcess();
    untilStopped(host).release();
    expect(host.eventNames()).toEqual([]);
  });
});
