import { createDatabase, type Database } from '@kernelcast/database';
import { createLogger } from '@kernelcast/platform';
import { createTestDatabase, startRedis, waitFor, type TestDatabase, type TestRedis } from '@kernelcast/testing';
import { z } from 'zod';
import { defineQueue, type QueueDefinition } from '../queue-definition.js';
import { createQueueSystem, type QueueSystem } from '../queue-system.js';
import { enqueue } from './enqueue.js';
import { OutboxRelay } from './outbox-relay.js';

interface Payload {
  n: number;
}

const logger = createLogger({ service: 'test', level: 'silent' });
let count = 0;
const newQueue = (): QueueDefinition<Payload> =>
  defineQueue({
    name: `outbox-${++count}`,
    schema: z.object({ n: z.int() }),
    attempts: 1,
    backoff: { type: 'fixed', delayMs: 10 },
  });

describe.each(['postgres', 'redis'] as const)('the outbox with queues in %s', (kind) => {
  let target: TestDatabase;
  let redis: TestRedis | undefined;
  let database: Database;
  let queues: QueueSystem;
  const relays: OutboxRelay[] = [];

  beforeAll(async () => {
    target = await createTestDatabase();
    redis = kind === 'redis' ? await startRedis() : undefined;
    database = createDatabase(target.url);
    queues = createQueueSystem({ databaseUrl: target.url, redisUrl: redis?.url });
  });
  afterEach(async () => {
    await Promise.all(relays.splice(0).map((relay) => relay.stop()));
  });
  afterAll(async () => {
    await queues.close();
    await database.close();
    await redis?.stop();
    await target.drop();
  });

  const newRelay = (queue: QueueDefinition<Payload>, system = queues, pollMs = 20): OutboxRelay => {
    const relay = new OutboxRelay({ database, queues: system, definitions: [queue], logger, pollMs });
    relays.push(relay);
    return relay;
  };
  const write = (queue: QueueDefinition<Payload>, id: string, n: number, priority?: number): Promise<void> =>
    database.transaction((tx) => enqueue(tx, queue, { id, payload: { n }, priority }));
  const unsent = (queue: QueueDefinition<Payload>): Promise<number> =>
    database.prisma.outboxMessage.count({ where: { queue: queue.name, sentAt: null } });

  it('brings messages to the queue in the order of writing', async () => {
    const queue = newQueue();
    for (const n of [1, 2, 3]) await write(queue, `job_${n}`, n);
    newRelay(queue).start();
    await waitFor('all messages to be sent', async () => (await unsent(queue)) === 0);
    const seen: number[] = [];
    queues.work(queue, ({ n }) => Promise.resolve(void seen.push(n)));
    await waitFor('the messages', () => seen.length === 3);
    expect(seen).toEqual([1, 2, 3]);
  });

  it('brings a message that is written again behind those written since, although none was sent yet', async () => {
    const queue = newQueue();
    for (const n of [1, 2, 1]) {
      await write(queue, `job_${n}`, n);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    expect(await newRelay(queue).relayBatch()).toBe(2);
    const seen: number[] = [];
    queues.work(queue, ({ n }) => Promise.resolve(void seen.push(n)));
    await waitFor('the messages', () => seen.length === 2);
    expect(seen).toEqual([2, 1]);
  });

  it('sends messages with their priority', async () => {
    const queue = newQueue();
    for (const [n, priority] of [[1, 0], [2, 9], [3, undefined]] as const) await write(queue, `job_${n}`, n, priority); // prettier-ignore
    expect(await newRelay(queue).relayBatch()).toBe(3);
    const seen: number[] = [];
    queues.work(queue, ({ n }) => Promise.resolve(void seen.push(n)));
    await waitFor('the messages', () => seen.length === 3);
    expect(seen).toEqual([2, 3, 1]);
  });

  it('lets what is written again lose its place to the messages that came since', async () => {
    const queue = newQueue();
    for (const n of [1, 2]) await write(queue, `job_${n}`, n);
    const relay = newRelay(queue);
    expect(await relay.relayBatch()).toBe(2);
    await write(queue, 'job_1', 3);
    expect(await relay.relayBatch()).toBe(1);
    const seen: number[] = [];
    queues.work(queue, ({ n }) => Promise.resolve(void seen.push(n)));
    await waitFor('the messages', () => seen.length === 2);
    expect(seen).toEqual([2, 3]);
  });

  it('sends nothing of a transaction that fails', async () => {
    const queue = newQueue();
    const failing = database.transaction(async (tx) => {
      await enqueue(tx, queue, { id: 'job_1', payload: { n: 1 } });
      throw new Error('no');
    });
    await expect(failing).rejects.toThrow('no');
    expect(await newRelay(queue).relayBatch()).toBe(0);
    expect(await queues.state(queue, 'job_1')).toBe('absent');
  });

  it('refuses a payload that does not fit before it is written', async () => {
    const queue = newQueue();
    const wrong = { n: 'one' } as unknown as Payload;
    await expect(
      database.transaction((tx) => enqueue(tx, queue, { id: 'job_1', payload: wrong })),
    ).rejects.toMatchObject({
      code: 'payload_invalid',
    });
  });

  it('sends at once when it is kicked', async () => {
    const queue = newQueue();
    const anHour = 3_600_000;
    const relay = newRelay(queue, queues, anHour);
    relay.start();
    await write(queue, 'job_1', 1);
    relay.kick();
    await waitFor('the message', async () => (await queues.state(queue, 'job_1')) === 'waiting');
  });

  it('sends each message once although several relays are at work', async () => {
    const queue = newQueue();
    for (let n = 0; n < 30; n++) await write(queue, `job_${n}`, n);
    const [first, second] = [newRelay(queue), newRelay(queue)];
    const batches = await Promise.all([first.relayBatch(), second.relayBatch(), first.relayBatch()]);
    expect(batches.reduce((sum, sent) => sum + sent, 0) + (await unsent(queue))).toBe(30);
  });

  it('sends an id again that was written again, but not while its old job is being worked on', async () => {
    const queue = newQueue();
    const seen: number[] = [];
    let release = (): void => undefined;
    const gate = new Promise<void>((resolve) => (release = resolve));
    const relay = newRelay(queue);
    await write(queue, 'job_1', 1);
    expect(await relay.relayBatch()).toBe(1);
    queues.work(queue, async ({ n }) => {
      seen.push(n);
      if (n === 1) await gate;
    });
    await waitFor('the first run', () => seen.length === 1);
    await write(queue, 'job_1', 2);
    expect(await relay.relayBatch()).toBe(0);
    release();
    relay.start();
    await waitFor('the second run', () => seen.length === 2);
    expect(seen).toEqual([1, 2]);
  });

  it('passes by a row that it cannot understand', async () => {
    const queue = newQueue();
    await database.prisma.outboxMessage.create({ data: { queue: queue.name, messageId: 'bad', payload: { m: 1 } } });
    await write(queue, 'good', 1);
    const relay = newRelay(queue);
    expect(await relay.relayBatch()).toBe(1);
    expect(await relay.relayBatch()).toBe(0);
    expect(await queues.state(queue, 'good')).toBe('waiting');
    expect(await unsent(queue)).toBe(1);
  });

  it('keeps messages while the queue cannot be reached, and sends them when it is back', async () => {
    const queue = newQueue();
    await write(queue, 'job_1', 1);
    const nowhere = createQueueSystem({
      databaseUrl: 'postgresql://nobody:nothing@127.0.0.1:1/none',
      redisUrl: kind === 'redis' ? 'redis://127.0.0.1:1' : undefined,
      timeoutMs: 200,
    });
    await expect(newRelay(queue, nowhere).relayBatch()).rejects.toMatchObject({ code: 'queue_unavailable' });
    await nowhere.close();
    expect(await unsent(queue)).toBe(1);
    expect(await newRelay(queue).relayBatch()).toBe(1);
  });
});
