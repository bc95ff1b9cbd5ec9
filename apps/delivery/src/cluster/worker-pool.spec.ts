import { EventEmitter, once } from 'node:events';
import { WorkerPool } from './worker-pool.js';
import type { PoolWorker } from './worker-pool.js';

/** A worker that does what the spec says. */
class FakeWorker extends EventEmitter implements PoolWorker {
  readonly received: unknown[] = [];
  readonly signals: string[] = [];
  constructor(
    readonly id: number,
    private readonly endsAt = 'SIGTERM',
  ) {
    super();
  }

  isConnected(): boolean {
    return true;
  }

  send(message: unknown): void {
    this.received.push(message);
  }

  kill(signal: string): void {
    this.signals.push(signal);
    if (signal === this.endsAt) this.emit('exit', 0);
  }

  says(message: unknown): void {
    this.emit('message', message);
  }
}

const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined };

describe('WorkerPool', () => {
  let forked: FakeWorker[];
  let events: EventEmitter;
  let endsAt: string;
  beforeEach(() => {
    [forked, events, endsAt] = [[], new EventEmitter(), 'SIGTERM'];
  });
  const fork = (): FakeWorker => {
    const worker = new FakeWorker(forked.length + 1, endsAt);
    forked.push(worker);
    events.emit('forked');
    return worker;
  };
  const poolOf = (count: number) => new WorkerPool({ count, fork, logger: quiet, restartMs: 1, drainMs: 1 });
  const started = async (count: number) => {
    const pool = poolOf(count);
    const start = pool.start();
    for (const worker of forked) worker.says({ type: 'ready', url: 'http://h:1' });
    expect(await start).toBe('http://h:1');
    return pool;
  };

  it('tells all others what one of them heard', async () => {
    const pool = await started(3);
    forked[1]?.says({ type: 'fleetChanged' });
    forked[1]?.says({ type: 'something else' });
    expect(forked.map(({ received }) => received.length)).toEqual([1, 0, 1]);
    await pool.close();
  });

  it('puts another worker in the place of one that ended, also when the next ones fail to start', async () => {
    const pool = await started(2);
    const second = once(events, 'forked');
    forked[0]?.emit('exit', 1);
    await second;
    const third = once(events, 'forked');
    forked[2]?.emit('exit', 1);
    await third;
    forked[3]?.says({ type: 'ready' });
    expect([forked.length, pool.size]).toEqual([4, 2]);
    await pool.close();
    expect(pool.size).toBe(0);
  });

  it('does not start when one of its workers cannot', async () => {
    const pool = poolOf(2);
    const start = pool.start();
    forked[0]?.emit('exit', 1);
    await expect(start).rejects.toThrow('worker 1 ended with code 1');
    expect(forked[1]?.signals).toEqual(['SIGTERM']);
  });

  it('ends by force those that do not end in time, and replaces none', async () => {
    endsAt = 'SIGKILL';
    const pool = await started(2);
    await pool.close();
    expect(forked.map(({ signals }) => signals)).toEqual([
      ['SIGTERM', 'SIGKILL'],
      ['SIGTERM', 'SIGKILL'],
    ]);
    expect(forked).toHaveLength(2);
  });
});
