/* eslint-disable no-console, no-restricted-imports -- it prints what it measures, and fills the database past its client */
// Lists and searches of the registry at 1 % and at full size: p50 and p99 of the first, a late and the last page, the
// plan of its statement, and how far the table's size shows. `npm run bench:registry [-- --short]`; JSON goes to tmp/bench/registry-lists.json.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { performance } from 'node:perf_hooks';
import { parseArgs } from 'node:util';
import { applyMigrations, createDatabase } from '@kernelcast/database';
import { startEmbeddedPostgres } from '@kernelcast/platform';
import pg from 'pg';
import { fill } from './fill.mjs';
import { openCases } from './list-cases.mjs';
import { explain } from './plan.mjs';

const { values: options } = parseArgs({
  options: {
    short: { type: 'boolean', default: false },
    json: { type: 'string', default: 'tmp/bench/registry-lists.json' },
  },
});
const FULL = options.short ? { jobs: 5_000, devices: 20_000 } : { jobs: 100_000, devices: 1_000_000 };
const SMALL = { jobs: FULL.jobs / 100, devices: FULL.devices / 100 };
/** For the filling, of which nothing is measured. */
const SETTINGS = {
  fsync: 'off',
  max_wal_size: '16GB',
  maintenance_work_mem: '512MB',
  wal_level: 'minimal',
  max_wal_senders: '0',
};
const ROUNDS = options.short ? 10 : 100;
/** At the small size only the median is used. */
const SMALL_ROUNDS = options.short ? 10 : 25;
const WARM_UP = 5;
/** Pages walked through before the one that is measured as a late one. */
const LATE = 10;

const quantile = (sorted, q) => sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))];

const time = async (work, rounds) => {
  for (let i = 0; i < WARM_UP; i++) await work();
  const times = [];
  for (let i = 0; i < rounds; i++) {
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
    const { nextCursor } = await list({ after });
    if (nextCursor === null) break;
    after = nextCursor;
  }
  return after;
};

const partsOf = (cursor) => JSON.parse(Buffer.from(cursor, 'base64url').toString());
/** The cursor of the last page, by the first page from the other end; none when there is one page only. */
const lastCursor = async ({ list, sort }) => {
  const [forth, back] = [await list({}), await list({ sort: sort.startsWith('-') ? sort.slice(1) : `-${sort}` })];
  if (forth.nextCursor === null) return undefined;
  const [binding] = partsOf(forth.nextCursor);
  const [, ...place] = partsOf(back.nextCursor);
  return Buffer.from(JSON.stringify([binding, ...place])).toString('base64url');
};

/** Says on standard error what is going on: the whole takes minutes. */
const say = (text) => process.stderr.write(`${text}\n`);

const measure = async ({ database, client }, size, rounds) => {
  const { seen, cases } = openCases(database, size);
  const results = {};
  for (const [name, { list, sort }] of Object.entries(cases)) {
    const cursors = { first: undefined, late: await lateCursor(list), last: await lastCursor({ list, sort }) };
    results[name] = {};
    for (const [page, after] of Object.entries(cursors)) {
      const times = await time(() => list({ after }), rounds);
      const { text, values } = seen.page;
      results[name][page] = { ...times, ...(await explain(client, { text, values })) };
    }
  }
  return results;
};

const PAGES = ['first', 'late', 'last'];
const number = (value, digits = 1) => value.toFixed(digits).padStart(7);
const report = (small, full) => {
  console.log(
    'milliseconds at full size; ratio: p50 at full size over p50 at 1 %; rows and buffers of the costliest of the three pages',
  );
  console.log(
    `${''.padEnd(52)}${PAGES.map((page) => `${page} p50     p99   ratio`.padStart(25)).join('')}     rows  buffers  index`,
  );
  for (const [name, pages] of Object.entries(full)) {
    const columns = PAGES.map((page) => {
      const { p50, p99 } = pages[page];
      return `${number(p50).padStart(9)} ${number(p99)} ${number(p50 / small[name][page].p50)}`;
    });
    const worst = PAGES.map((page) => pages[page]).reduce((a, b) => (b.buffers > a.buffers ? b : a));
    const by = [...worst.indexes, ...worst.scans.map((table) => `all of ${table}`)].join(' ');
    console.log(
      `${name.padEnd(52)}${columns.join('')} ${number(worst.rows, 0).padStart(8)} ${number(worst.buffers, 0)}  ${by}`,
    );
  }
};

/** A p50 that has grown by more than this, and a millisecond, is called out: the smaller table is in fewer and warmer pages. */
const FLAT_RATIO = 2;
const notFlat = (small, full) =>
  Object.entries(full).flatMap(([name, pages]) =>
    PAGES.filter((page) => pages[page].p50 > FLAT_RATIO * small[name][page].p50 + 1).map((page) => `${name}: ${page}`),
  );

const folder = await mkdtemp(path.join(os.tmpdir(), 'kernelcast-bench-'));
const server = await startEmbeddedPostgres({ dataDir: path.join(folder, 'postgres'), settings: SETTINGS });
try {
  await applyMigrations(server.url);
  const client = new pg.Client({ connectionString: server.url });
  // Says so itself when the server is stopped after a failure.
  client.on('error', () => undefined);
  await client.connect();
  const database = createDatabase(server.url, { max: 2 });
  await fill(client, { jobs: 0, devices: 0 }, SMALL);
  say(`measuring at ${SMALL.jobs} jobs and ${SMALL.devices} devices`);
  const small = await measure({ database, client }, SMALL, SMALL_ROUNDS);
  say(`filling up to ${FULL.jobs} jobs and ${FULL.devices} devices`);
  const begun = performance.now();
  await fill(client, SMALL, FULL);
  console.log(
    `${FULL.jobs} jobs, as many versions, ${FULL.devices} devices: ${Math.round((performance.now() - begun) / 1000)} s to fill`,
  );
  say('measuring');
  const full = await measure({ database, client }, FULL, ROUNDS);
  report(small, full);
  const steep = notFlat(small, full);
  console.log(steep.length === 0 ? 'All are flat.' : `Not flat:\n${steep.join('\n')}`);
  const out = path.resolve(options.json);
  await mkdir(path.dirname(out), { recursive: true });
  await writeFile(
    out,
    JSON.stringify({ small: SMALL, full: FULL, rounds: ROUNDS, notFlat: steep, results: { small, full } }, null, 2),
  );
  await database.close();
  await client.end();
} finally {
  await server.stop();
  await rm(folder, { recursive: true, force: true });
}
