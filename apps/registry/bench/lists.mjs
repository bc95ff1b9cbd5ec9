/* eslint-disable no-console, no-restricted-imports -- it prints what it measures, and fills the database past its client */
// Lists and searches of the registry at 1 % and at full size: p50 and p99 of each page, the plan of its statement, and
// how far the table's size shows. `npm run bench:registry [-- --short]`; JSON goes to tmp/bench/registry-lists.json.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { performance } from 'node:perf_hooks';
import { parseArgs } from 'node:util';
import { applyMigrations, createDatabase } from '@kernelcast/database';
import { startEmbeddedPostgres } from '@kernelcast/platform';
import pg from 'pg';
import { DeviceGroupsRepository } from '../dist/devices/device-groups.repository.js';
import { DevicesRepository } from '../dist/devices/devices.repository.js';
import { ModulatorsRepository } from '../dist/modulators/modulators.repository.js';
import { TasksRepository } from '../dist/tasks/tasks.repository.js';
import { TrainersRepository } from '../dist/trainers/trainers.repository.js';
import { TrainingJobsRepository } from '../dist/training-jobs/training-jobs.repository.js';
import { fill, idOf, projectId } from './fill.mjs';

const { values: options } = parseArgs({ options: { short: { type: 'boolean', default: false } } });
const FULL = options.short ? { jobs: 5_000, devices: 20_000 } : { jobs: 100_000, devices: 1_000_000 };
const SMALL = { jobs: FULL.jobs / 100, devices: FULL.devices / 100 };
const ROUNDS = options.short ? 10 : 100;
const WARM_UP = 10;
/** Pages walked through before the one that is measured as a late one. */
const LATE = 10;

/** Repositories on one database, and the last statement for a page that they sent. */
const openRepositories = (database) => {
  const seen = { page: undefined };
  const prisma = new Proxy(database.prisma, {
    get: (target, name) =>
      name === '$queryRaw'
        ? (...sent) => {
            if (sent[0]?.sql?.includes('AS key FROM')) seen.page = sent[0];
            return target.$queryRaw(...sent);
          }
        : target[name],
  });
  const db = { prisma };
  return {
    seen,
    jobs: new TrainingJobsRepository(db, new TrainersRepository(db)),
    versions: new ModulatorsRepository(db),
    devices: new DevicesRepository(db),
    groups: new DeviceGroupsRepository(db),
    tasks: new TasksRepository(db),
  };
};

const newest = { limit: 50, sort: '-createdAt' };
const cases = ({ jobs, versions, devices, groups, tasks }) => {
  const job = (more) => (page) => jobs.list(projectId, { ...newest, ...more, ...page });
  const version = (more) => (page) => versions.searchVersions(projectId, { ...newest, ...more, ...page });
  const device = (more) => (page) => devices.list(projectId, { ...newest, ...more, ...page });
  return {
    jobs: job({}),
    'jobs, 200 a page': job({ limit: 200 }),
    'jobs, oldest first': job({ sort: 'createdAt' }),
    'jobs state=failed': job({ state: ['failed'] }),
    'jobs state=failed|queued': job({ state: ['failed', 'queued'] }),
    'jobs task': job({ task: 'task-7' }),
    'jobs dataset': job({ dataset: 'dataset-7' }),
    'jobs method=km': job({ method: ['km'] }),
    'jobs createdBy': job({ createdBy: 'key_7' }),
    'jobs task, state=failed': job({ task: 'task-2', state: ['failed'] }),
    versions: version({}),
    'versions, best first': version({ sort: '-accuracy' }),
    'versions task': version({ task: 'task-7' }),
    'versions task, best first': version({ task: 'task-7', sort: '-accuracy' }),
    'versions state=approved': version({ state: ['approved'] }),
    'versions state=approved, best first': version({ state: ['approved'], sort: '-accuracy' }),
    'versions of a modulator': (page) =>
      versions.listVersions(idOf('mod', 7), { limit: 50, sort: '-version', ...page }),
    modulators: (page) => versions.list(projectId, { ...newest, ...page }),
    devices: device({}),
    'devices, 200 a page': device({ limit: 200 }),
    'devices group': device({ group: 'group-7' }),
    'devices state=revoked': device({ state: 'revoked' }),
    'devices site (0.1 %)': device({ attribute: ['site:s7'] }),
    'devices model (10 %)': device({ attribute: ['model:m7'] }),
    'devices site and model': device({ attribute: ['site:s7', 'model:m7'] }),
    'groups with their sizes': (page) => groups.list(projectId, { ...newest, ...page }),
    'tasks search=sk-1': (page) => tasks.list(projectId, { ...newest, search: 'sk-1', ...page }),
  };
};

const quantile = (sorted, q) => sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))];

const time = async (work) => {
  for (let i = 0; i < WARM_UP; i++) await work();
  const times = [];
  for (let i = 0; i < ROUNDS; i++) {
    const begun = performance.now();
    await work();
    times.push(performance.now() - begun);
  }
  times.sort((a, b) => a - b);
  return { p50: quantile(times, 0.5), p99: quantile(times, 0.99) };
};

/** The cursor of a late page; the list's own last one where it is shorter. */
const lateCursor = async (list) => {
  let after;
  for (let i = 0; i < LATE; i++) {
    const { nextCursor } = await list(after && { after });
    if (nextCursor === null) break;
    after = nextCursor;
  }
  return after && { after };
};

const measure = async (repositories, client) => {
  const results = {};
  for (const [name, list] of Object.entries(cases(repositories))) {
    const first = await time(() => list());
    const { text, values } = repositories.seen.page;
    const plan = (await client.query(`EXPLAIN (ANALYZE, BUFFERS) ${text}`, values)).rows.map(
      (row) => row['QUERY PLAN'],
    );
    const cursor = await lateCursor(list);
    results[name] = { first, late: await time(() => list(cursor)), plan };
  }
  return results;
};

const ms = (number) => number.toFixed(1).padStart(8);
const report = (small, full) => {
  console.log(`${''.padEnd(38)}     p50      p99  late p99   1% p99   ratio`);
  for (const [name, { first, late }] of Object.entries(full)) {
    const before = small[name].first.p99;
    console.log(
      `${name.padEnd(38)}${ms(first.p50)} ${ms(first.p99)}  ${ms(late.p99)} ${ms(before)} ${ms(first.p99 / before)}`,
    );
  }
};

const folder = await mkdtemp(path.join(os.tmpdir(), 'kernelcast-bench-'));
const server = await startEmbeddedPostgres({ dataDir: path.join(folder, 'postgres') });
try {
  await applyMigrations(server.url);
  const client = new pg.Client({ connectionString: server.url });
  // Says so itself when the server is stopped after a failure.
  client.on('error', () => undefined);
  await client.connect();
  const database = createDatabase(server.url, { max: 2 });
  const repositories = openRepositories(database);
  await fill(client, { jobs: 0, devices: 0 }, SMALL);
  const small = await measure(repositories, client);
  const begun = performance.now();
  await fill(client, SMALL, FULL);
  console.log(
    `${FULL.jobs} jobs, as many versions, ${FULL.devices} devices: ${Math.round((performance.now() - begun) / 1000)} s to fill`,
  );
  const full = await measure(repositories, client);
  report(small, full);
  const out = path.resolve('tmp/bench');
  await mkdir(out, { recursive: true });
  await writeFile(
    path.join(out, 'registry-lists.json'),
    JSON.stringify({ small: SMALL, full: FULL, rounds: ROUNDS, results: { small, full } }, null, 2),
  );
  await database.close();
  await client.end();
} finally {
  await server.stop();
  await rm(folder, { recursive: true, force: true });
}
