import { EventEmitter } from 'node:events';
import { createLogger } from '../logging/logger.js';
import { runService, type HostProcess } from './run-service.js';

class FakeProcess extends EventEmitter implements HostProcess {
  connected = true;
  readonly sent: unknown[] = [];
  readonly exited: Promise<number>;
  exit: (code: number) => void = () => undefined;

  constructor() {
    super();
    this.exited = new Promise((resolve) => {
      this.exit = resolve;
    });
  }

  send(message: unknown): boolean {
    this.sent.push(message);
    return true;
  }
}

const logger = createLogger({ service: 'test', level: 'silent' });

describe('running a service', () => {
  let host: FakeProcess;
  let closed: number;
  const service = { url: 'http://127.0.0.1:1', close: () => Promise.resolve(void closed++) };
  beforeEach(() => {
    host = new FakeProcess();
    closed = 0;
  });

  it('tells the parent process when it is ready, and where', async () => {
    await runService({ logger, host, start: () => Promise.resolve(service) });
    expect(host.sent).toEqual([{ type: 'ready', url: 'http://127.0.0.1:1' }]);
  });

  it.each(['SIGTERM', 'SIGINT', 'disconnect'])('closes in order at %s and exits with 0', async (event) => {
    await runService({ logger, host, start: () => Promise.resolve(service) });
    host.emit(event);
    expect(await host.exited).toBe(0);
    expect(closed).toBe(1);
  });

  it('closes once, however often it is told', async () => {
    await runService({ logger, host, start: () => Promise.resolve(service) });
    host.emit('SIGTERM');
    host.emit('SIGTERM');
    host.emit('disconnect');
    await host.exited;
    expect(closed).toBe(1);
  });

  it('exits with 1 when it cannot start', async () => {
    await runService({ logger, host, start: () => Promise.reject(new Error('no database')) });
    expect(await host.exited).toBe(1);
    expect(host.sent).toEqual([]);
  });

  it('exits with 1 when closing fails, or takes too long', async () => {
    await runService({
      logger,
      host,
      start: () => Promise.resolve({ close: () => Promise.reject(new Error('stuck')) }),
    });
    host.emit('SIGTERM');
    expect(await host.exited).toBe(1);

    const slow = new FakeProcess();
    const never = { close: () => new Promise<void>(() => undefined) };
    await runService({ logger, host: slow, start: () => Promise.resolve(never), graceMs: 5 });
    slow.emit('SIGTERM');
    expect(await slow.exited).toBe(1);
  });

  it('ends in order even when it is told so while it starts', async () => {
    let finishStart = (): void => undefined;
    const starting = new Promise<typeof service>((resolve) => {
      finishStart = () => resolve(service);
    });
    const running = runService({ logger, host, start: () => starting });
    host.emit('SIGTERM');
    finishStart();
    await running;
    expect(await host.exited).toBe(0);
    expect([closed, host.sent]).toEqual([1, []]);
  });
});
