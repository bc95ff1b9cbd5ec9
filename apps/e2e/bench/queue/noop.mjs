// What the way of a job through the queue costs when the job itself is nothing.
import { performance } from 'node:perf_hooks';
import { createDatabase } from '@kernelcast/database';
import { createLogger } from '@kernelcast/platform';
import { createQueueSystem, enqueue, OutboxRelay, trainingQueue } from '@kernelcast/queue';
import { quantile } from './figures.mjs';

const SECOND_MS = 1000;
/** Transactions that write to the outbox at once, and handlers at once. */
const CONCURRENCY = 8;
const HALF = 0.5;
const MOST = 0.95;

/** An id that the queue's schema takes: 26 characters of Crockford's base 32. */
const jobId = (n) => `job_${String(n).padStart(26, '0')}`;

/** A promise, and the means to keep it. */
function deferred() {
  let resolve;
  const promise = new Promise((keep) => (resolve = keep));
  return { promise, resolve };
}

/** Runs `work` for each number below `count`, so many at once. */
async function spread(count, work) {
  let next = 0;
  const lanes = Array.from({ length: CONCURRENCY }, async () => {
    for (let n = next++; n < count; n = next++) await work(n);
  });
  await Promise.all(lanes);
}

/** Jobs per second of something that takes care of all of them. */
async function rate(jobs, run) {
  const start = performance.now();
  await run();
  return (jobs * SECOND_MS) / (performance.now() - start);
}

/**
 * The path as the services have it: rows in the outbox, each written in a transaction of its own; the relay; the queue;
 * a worker. `jobs` go through it first stage by stage, then all at once, and then `trips` one by one.
 */
export async function measureNoOp({ databaseUrl, redisUrl, jobs, trips }) {
  const logger = createLogger({ service: 'bench', level: 'warn' });
  const database = createDatabase(databaseUrl);
  const queues = createQueueSystem({ databaseUrl, redisUrl, logger });
  const relay = new OutboxRelay({ database, queues, definitions: [trainingQueue], logger });
  const waiting = new Map();
  const write = (n) =>
    database.transaction((tx) => enqueue(tx, trainingQueue, { id: jobId(n), payload: { trainingJobId: jobId(n) } }));
  const handled = (n) => {
    const { promise, resolve } = deferred();
    waiting.set(jobId(n), resolve);
    return promise;
  };
  const work = () =>
    queues.work(trainingQueue, ({ trainingJobId }) => Promise.resolve(waiting.get(trainingJobId)?.()), {
      concurrency: CONCURRENCY,
    });
  const numbers = (from) => Array.from({ length: jobs }, (_, i) => from + i);

  await queues.ping(trainingQueue);
  const written = await rate(jobs, () => spread(jobs, write));
  const relayed = await rate(jobs, async () => {
    for (let sent = 0; sent < jobs;) sent += await relay.relayBatch();
  });
  let done = Promise.all(numbers(0).map(handled));
  const worker = work();
  const worked = await rate(jobs, () => done);

  relay.start();
  done = Promise.all(numbers(jobs).map(handled));
  const through = await rate(jobs, async () => {
    await spread(jobs, (n) => write(jobs + n));
    relay.kick();
    await done;
  });

  const times = [];
  for (let n = 2 * jobs; n < 2 * jobs + trips; n++) {
    const arrived = handled(n);
    const start = performance.now();
    await write(n);
    relay.kick();
    await arrived;
    times.push(performance.now() - start);
  }
  await worker.close();
  await relay.stop();
  await queues.close();
  await database.close();
  return { written, relayed, worked, through, tripMs: { median: quantile(times, HALF), p95: quantile(times, MOST) } };
}
