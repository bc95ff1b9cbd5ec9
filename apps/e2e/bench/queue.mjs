// P11: what a job that was just ordered waits for its first step beyond what the step itself needs; and how many jobs a
// second the way through the queue carries. Build first: npx nx run-many -t build
//   node apps/e2e/bench/queue.mjs [--rounds 7] [--images 600] [--jobs 2000] [--trips 100] [--backends postgres,redis]
//                                 [--short] [--json FILE]
// Overhead: from the answer to POST /v1/training-jobs to the report of the first training step, with one trainer that
//     waits and has its inputs cached; the stages are those of the job's events. Beside it the same work by hand, in a
//     fresh process: modules, backend, network, data, first step. P11 is what is left without the loading of the data and
//     what a later step takes; shown as well is what is left without all of the work. Rounds of both take turns; medians,
//     wall clock. On a busy machine look at the ratio, and at the CPU time of the work by hand, which is about what a
//     machine with nothing else to do would need.
// Path: rows written to the outbox, each in a transaction; relayed; handled by a worker that does nothing. First stage by
//     stage, then all at once, then one by one. Redis where the machine has one. All servers with their usual durability.
import { writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { print, table } from './queue/figures.mjs';
import { imageZip } from './queue/images.mjs';
import { measureNoOp } from './queue/noop.mjs';
import { measureOverhead } from './queue/overhead.mjs';
import { withPlatform } from './queue/platform.mjs';
import { redisVersion, withFolder, withPostgres, withRedis } from './queue/servers.mjs';

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string' },
    images: { type: 'string' },
    jobs: { type: 'string' },
    trips: { type: 'string' },
    backends: { type: 'string', default: 'postgres,redis' },
    short: { type: 'boolean', default: false },
    json: { type: 'string' },
  },
});
const TARGET_MS = 2000;
const rounds = Number(options.rounds ?? (options.short ? 1 : 7));
const images = Number(options.images ?? (options.short ? 60 : 600));
const jobs = Number(options.jobs ?? (options.short ? 100 : 2000));
const trips = Number(options.trips ?? (options.short ? 10 : 100));
/** Fills the trainer's caches, and the system's. */
const warmUp = options.short ? 0 : 1;
const threads = os.availableParallelism();

const ms = (value) => value.toFixed(0);

const PARTS = { modules: 'modules', backend: 'backend', network: 'network', data: 'data', firstStep: 'first step' };

const judge = (what, value) =>
  print(`${what} <= ${TARGET_MS} ms: ${ms(value)} ms, ${value <= TARGET_MS ? 'met' : 'MISSED'}`);

function showOverhead(kind, { served, alone, overhead }) {
  print(`\nqueues in ${kind}: from the answer to the order to the first step (P11)`);
  print(table([['served, ms', ''], ['a trainer has it', ms(served.taken)], ['the data are there', ms(served.loaded)], ['the first step is told', ms(served.firstStep)]])); // prettier-ignore
  const rows = Object.entries(PARTS).map(([part, name]) => [name, ms(alone.wall[part]), ms(alone.cpu[part])]);
  print(table([['by hand, ms', 'wall', 'CPU'], ...rows, ['a later step', ms(alone.wall.step), ms(alone.cpu.step)]]));
  print(`served / by hand: ${overhead.ratio.toFixed(2)}`);
  judge('beyond the same work by hand', overhead.beyondWork);
  judge('beyond loading the data', overhead.beyondData);
}

function showPath(paths) {
  const rows = paths.map(({ kind, path: of }) => [
    kind,
    ...[of.written, of.relayed, of.worked, of.through].map((rate) => rate.toFixed(0)),
    ms(of.tripMs.median),
    ms(of.tripMs.p95),
  ]);
  print('\nno-op jobs: jobs/s by stage and all at once, and ms of one on its own');
  print(table([['queues in', 'written', 'relayed', 'handled', 'through', 'trip', 'p95'], ...rows]));
}

/** Everything of one kind of queue, on servers of its own. */
const measure = (kind) =>
  withFolder((folder) =>
    withPostgres(folder, async (databaseUrl) => {
      const withQueue = (use) => (kind === 'redis' ? withRedis(folder, use) : use(undefined));
      const zip = await imageZip(images);
      const zipPath = path.join(folder, 'images.zip');
      await writeFile(zipPath, zip);
      const carried = await withQueue((redisUrl) => measureNoOp({ databaseUrl, redisUrl, jobs, trips }));
      // In short, once is enough to show that it can be measured.
      if (options.short && kind === 'redis') return { kind, path: carried };
      const job = await withQueue((redisUrl) => {
        const env = { KERNELCAST_TRAINER_CONCURRENCY: '1', ...(redisUrl && { REDIS_URL: redisUrl }) };
        return withPlatform(path.join(folder, 'data'), { DATABASE_URL: databaseUrl, ...env }, (addresses) =>
          measureOverhead(addresses, { zip, zipPath, rounds, warmUp, threads }),
        );
      });
      showOverhead(kind, job);
      return { kind, path: carried, job };
    }),
  );

const redis = redisVersion();
const [model] = os.cpus();
const load = os.loadavg().map((value) => value.toFixed(1));
print(`${threads} x ${model.model.trim()}, load before ${load.join(' ')}; node ${process.version}, redis ${redis ?? 'none'}; ${rounds} rounds, ${images} images, ${jobs} jobs`); // prettier-ignore
const results = [];
for (const kind of options.backends.split(',')) {
  if (kind === 'redis' && !redis) print('\nno redis-server here: queues in Redis are not measured');
  else results.push(await measure(kind));
}
showPath(results);
if (options.json) {
  const machine = { cpu: model.model.trim(), threads, load, node: process.version, redis };
  const report = { bench: 'P11', machine, rounds, images, jobs, trips, results, target: { overheadMs: TARGET_MS } };
  await writeFile(options.json, `${JSON.stringify(report, null, 2)}\n`);
}
