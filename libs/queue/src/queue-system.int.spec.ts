import { spawn, type ChildProcess } from 'node:child_process';
import { createEmptyDatabase, startRedis, waitFor, type TestDatabase, type TestRedis } from '@kernelcast/testing';
import { z } from 'zod';
import { defineQueue, type QueueDefinition } from './queue-definition.js';
import { HandBackError, PermanentJobError } from './queue.errors.js';
import { createQueueSystem, type QueueSystem, type QueueSystemOptions } from './queue-system.js';

interface Payload {
  n: number;
}

let count = 0;
/** Every test has a queue of its own, so that none sees another's jobs. */
const newQueue = (overrides: Partial<QueueDefinition<Payload>> = {}): QueueDefinition<Payload> =>
  defineQueue({
    name: `queue-${++count}`,
    schema: z.object({ n: z.int() }),
    attempts: 1,
    backoff: { type: 'fixed', delayMs: 20 },
    ...overrides,
  });

/** A promise and the means to keep it. */
const deferred = (): { promise: Promise<void>; resolve: () => void } => {
  let resolve = (): void => undefined;
  const promise = new Promise<void>((keep) => (resolve = keep));
  return { promise, resolve };
};

/** A worker that takes a job and never ends it, in a process of its own, which can be killed. */
const stuckWorker = (queue: string, options: QueueSystemOptions, lockDuration: number): ChildProcess => {
  const script = `
    import { createPostgresBackend, createRedisBackend, withBackend } from 'bullmq';
    const [queue, databaseUrl, redisUrl] = process.argv.slice(1);
    const { Worker } = withBackend(redisUrl ? createRedisBackend : createPostgresBackend);
    const connection = redisUrl ? { url: redisUrl } : { connectionString: databaseUrl, schema: 'bullmq', migrate: true, max: 4 };
    const takeAndHang = () => { console.log('started'); return new Promise(() => undefined); };
    new Worker(queue, takeAndHang, { connection, prefix: '{kernelcast}', lockDuration: ${lockDuration}, stalledInterval: ${lockDuration} / 3 });`;
  const args = ['--input-type=module', '-e', script, queue, options.databaseUrl, options.redisUrl ?? ''];
  return spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
};

describe.each(['postgres', 'redis'] as const)('queues in %s', (kind) => {
  let database: TestDatabase;
  let redis: TestRedis | undefined;
  let options: QueueSystemOptions;
  let queues: QueueSystem;

  beforeAll(async () => {
    database = await createEmptyDatabase();
    redis = kind === 'redis' ? await startRedis() : undefined;
    options = { databaseUrl: database.url, redisUrl: redis?.url };
  });
  beforeEach(() => {
    queues = createQueueSystem(options);
  });
  afterEach(() => queues.close());
  afterAll(async () => {
    await redis?.stop();
    await database.drop();
  });

  it('are kept there', () => {
    expect(queues.kind).toBe(kind);
  });

  it('bring a message to a worker with the id it was added under', async () => {
    const queue = newQueue();
    const seen: unknown[] = [];
    queues.work(queue, (payload, { id, attempt }) => Promise.resolve(void seen.push([payload, id, attempt])));
    await queues.add(queue, 'job_1', { n: 7 });
    await waitFor('the message', () => seen.length === 1);
    expect(seen).toEqual([[{ n: 7 }, 'job_1', 1]]);
  });

  it('take a message once while one of the same id waits or runs', async () => {
    const queue = newQueue();
    const handled: number[] = [];
    const gate = deferred();
    await queues.add(queue, 'job_1', { n: 1 });
    await queues.add(queue, 'job_1', { n: 2 });
    queues.work(queue, async ({ n }) => {
      handled.push(n);
      await gate.promise;
    });
    await waitFor('the first message to run', () => handled.length === 1);
    expect(await queues.state(queue, 'job_1')).toBe('active');
    await queues.add(queue, 'job_1', { n: 3 });
    await queues.add(queue, 'last', { n: 4 });
    gate.resolve();
    await waitFor('the last message', () => handled.includes(4));
    expect(handled).toEqual([1, 4]);
  });

  it('take the same id again after its job has ended, well or not', async () => {
    const queue = newQueue();
    const handled: number[] = [];
    queues.work(queue, ({ n }) => {
      handled.push(n);
      return n === 1 ? Promise.reject(new Error('first one fails')) : Promise.resolve();
    });
    for (const n of [1, 2, 3]) {
      await queues.add(queue, 'job_1', { n });
      await waitFor('the end of the job', async () => (await queues.state(queue, 'job_1')) === 'absent');
    }
    expect(handled).toEqual([1, 2, 3]);
  });

  it('try a failing handler as often as defined, and tell of the last failure only', async () => {
    const queue = newQueue({ attempts: 3 });
    const attempts: number[] = [];
    const failed: string[] = [];
    const handler = (_: Payload, { attempt }: { attempt: number }) => {
      attempts.push(attempt);
      return Promise.reject(new Error(`failure ${attempt}`));
    };
    queues.work(queue, handler, { onFailed: (id, error) => void failed.push(`${id}: ${error.message}`) });
    await queues.add(queue, 'job_1', { n: 1 });
    await waitFor('the last failure', () => failed.length === 1);
    expect(attempts).toEqual([1, 2, 3]);
    expect(failed).toEqual(['job_1: failure 3']);
  });

  it('do not try again what can never succeed', async () => {
    const queue = newQueue({ attempts: 3 });
    let runs = 0;
    const failed: string[] = [];
    const handler = () => {
      runs++;
      return Promise.reject(new PermanentJobError('the dataset is gone'));
    };
    queues.work(queue, handler, { onFailed: (_, error) => void failed.push(error.message) });
    await queues.add(queue, 'job_1', { n: 1 });
    await waitFor('the failure', () => failed.length === 1);
    expect([runs, failed]).toEqual([1, ['the dataset is gone']]);
  });

  it('refuse a payload that does not fit, at the sender', async () => {
    const queue = newQueue();
    await expect(queues.add(queue, 'job_1', { n: 'seven' } as unknown as Payload)).rejects.toMatchObject({
      code: 'payload_invalid',
    });
    expect(await queues.state(queue, 'job_1')).toBe('absent');
  });

  it('refuse a payload that does not fit, at the receiver, without calling the handler', async () => {
    const queue = newQueue();
    const older = defineQueue({ ...queue, schema: z.object({ m: z.string() }), attempts: 3 });
    const failed: string[] = [];
    let called = false;
    const handler = () => {
      called = true;
      return Promise.resolve();
    };
    queues.work(queue, handler, { onFailed: (_, error) => void failed.push(error.message) });
    await queues.add(older, 'job_1', { m: 'x' });
    await waitFor('the failure', () => failed.length === 1);
    expect(failed[0]).toContain(`Not a payload of ${queue.name}: n:`);
    expect(called).toBe(false);
  });

  it('let waiting messages be taken out', async () => {
    const queue = newQueue();
    for (const id of ['a', 'b', 'c']) await queues.add(queue, id, { n: 1 });
    expect(await queues.remove(queue, 'b')).toBe(true);
    expect(await queues.remove(queue, 'b')).toBe(false);
    const handled: string[] = [];
    queues.work(queue, (_, { id }) => Promise.resolve(void handled.push(id)));
    await waitFor('the others', () => handled.length === 2);
    expect(handled).toEqual(['a', 'c']);
  });

  it('bring what has a higher priority first, and of equals the older', async () => {
    const queue = newQueue();
    const priorities = { a: 5, b: 0, c: 9, d: undefined, e: 9 };
    for (const [id, priority] of Object.entries(priorities)) await queues.add(queue, id, { n: 1 }, priority);
    const handled: string[] = [];
    queues.work(queue, (_, { id }) => Promise.resolve(void handled.push(id)));
    await waitFor('all messages', () => handled.length === 5);
    expect(handled.join('')).toBe('ceadb');
  });

  it('do not take out what is being worked on', async () => {
    const queue = newQueue();
    const gate = deferred();
    const started = deferred();
    queues.work(queue, async () => {
      started.resolve();
      await gate.promise;
    });
    await queues.add(queue, 'job_1', { n: 1 });
    await started.promise;
    expect(await queues.remove(queue, 'job_1')).toBe(false);
    gate.resolve();
  });

  it('give a job that was handed back to another worker, as the same attempt', async () => {
    const queue = newQueue();
    const second = createQueueSystem(options);
    const attempts: number[] = [];
    const leaving = queues.work(queue, async (_, { attempt }) => {
      attempts.push(attempt);
      // What a handler does at a shutdown; `close` waits for it.
      void leaving.close();
      await Promise.resolve();
      throw new HandBackError();
    });
    await queues.add(queue, 'job_1', { n: 1 });
    await waitFor('the first run', () => attempts.length === 1);
    await leaving.close();
    second.work(queue, (_, { attempt }) => Promise.resolve(void attempts.push(attempt)));
    await waitFor('the second run', () => attempts.length === 2);
    await second.close();
    expect(attempts).toEqual([1, 1]);
  });

  it('put what was handed back before its equals, but not before what is more urgent', async () => {
    const queue = newQueue();
    const handled: string[] = [];
    const leaving = queues.work(queue, async () => {
      void leaving.close();
      await Promise.resolve();
      throw new HandBackError();
    });
    await queues.add(queue, 'first', { n: 1 });
    await waitFor('the job to wait again', async () => {
      await leaving.close();
      return (await queues.state(queue, 'first')) === 'waiting';
    });
    await queues.add(queue, 'equal', { n: 2 });
    await queues.add(queue, 'urgent', { n: 3 }, 6);
    queues.work(queue, (_, { id }) => Promise.resolve(void handled.push(id)));
    await waitFor('all messages', () => handled.length === 3);
    expect(handled).toEqual(['urgent', 'first', 'equal']);
  });

  it('wait for running handlers when they close', async () => {
    const queue = newQueue();
    const started = deferred();
    const gate = deferred();
    let finished = false;
    queues.work(queue, async () => {
      started.resolve();
      await gate.promise;
      finished = true;
    });
    await queues.add(queue, 'job_1', { n: 1 });
    await started.promise;
    const closing = queues.close();
    gate.resolve();
    await closing;
    expect(finished).toBe(true);
  });

  it('give the job of a killed worker to another one', async () => {
    const queue = newQueue();
    const lockDurationMs = 1_500;
    const victim = stuckWorker(queue.name, options, lockDurationMs);
    const exited = new Promise((resolve) => victim.once('exit', resolve));
    const started = new Promise((resolve) => victim.stdout?.once('data', resolve));
    await queues.add(queue, 'job_1', { n: 5 });
    await started;
    victim.kill('SIGKILL');
    await exited;
    const taken: unknown[] = [];
    queues.work(queue, (payload, { id }) => Promise.resolve(void taken.push([id, payload])), { lockDurationMs });
    await waitFor('the takeover', () => taken.length === 1);
    expect(taken).toEqual([['job_1', { n: 5 }]]);
  });

  it('say so in time when they cannot be reached', async () => {
    const nowhere = createQueueSystem({
      databaseUrl: 'postgresql://nobody:nothing@127.0.0.1:1/none',
      redisUrl: kind === 'redis' ? 'redis://127.0.0.1:1' : undefined,
      timeoutMs: 500,
    });
    await expect(nowhere.add(newQueue(), 'job_1', { n: 1 })).rejects.toMatchObject({ code: 'queue_unavailable' });
    await nowhere.close();
  });
});
