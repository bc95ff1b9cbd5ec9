// P10: downloads from the delivery service against nginx with sendfile, of the same files. Build first.
//   node apps/delivery/bench/blobs.mjs [--seconds 10] [--rounds 5] [--connections 16] [--short] [--json FILE]
// Each server is alone on the first core, wrk on the second; rounds of both take turns; medians. Every blob is fetched
// whole, and from its middle on as a download that resumes. On a busy machine look at the CPU time of a megabyte.
// nginx and wrk are Debian's: apt-get install nginx wrk.
import { createHash, randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { blobKey, createObjectStore, putBlob } from '@kernelcast/storage';
import { rollOut } from './blobs/fleet.mjs';
import { load, startNginx } from './blobs/peer.mjs';
import { median, print, table } from './polls/figures.mjs';
import { credentialsOf, fillFleet } from './polls/fleet.mjs';
import { cpuSeconds, hasProgram, startDelivery, withFleetServers } from './polls/servers.mjs';

const { values: options } = parseArgs({
  options: {
    seconds: { type: 'string' },
    rounds: { type: 'string' },
    connections: { type: 'string', default: '16' },
    short: { type: 'boolean', default: false },
    json: { type: 'string', default: 'tmp/bench/blobs.json' },
  },
});
const seconds = Number(options.seconds ?? (options.short ? 2 : 10));
const rounds = Number(options.rounds ?? (options.short ? 1 : 5));
const connections = Number(options.connections);
const TARGET = 0.7;
const MIB = 1024 ** 2;
const SIZES = { '50 kB': 50 * 1024, '5 MB': 5 * MIB, '45 MB': 45 * MIB };
/** One device asks for what a fleet would. */
const UNLIMITED = { KERNELCAST_LIMIT_DEVICE_MB_PER_HOUR: '0', KERNELCAST_LIMIT_ADDRESS_MB_PER_HOUR: '0' };
const [SERVER, CLIENT] = ['0', os.availableParallelism() > 1 ? '1' : '0'];

const missing = ['nginx', 'wrk', 'taskset'].filter((name) => !hasProgram(name));
if (missing.length > 0) throw new Error(`${missing.join(', ')} missing: apt-get install nginx wrk util-linux`);

function measure({ pid, url, headers }) {
  const before = cpuSeconds(pid);
  const { bytes, bytesPerSecond } = load({ url, headers, connections, seconds, core: CLIENT });
  return { bytesPerSecond, cpuMicros: ((cpuSeconds(pid) - before) / bytes) * 1e12 };
}

async function assertBytes(url, headers, hex) {
  const answer = await fetch(url, { headers });
  const bytes = Buffer.from(await answer.arrayBuffer());
  if (createHash('sha256').update(bytes).digest('hex') !== hex)
    throw new Error(`${url}: other bytes, ${answer.status}`);
}

async function compare({ nginx, delivery, authorization, name, digest, size }) {
  const hex = digest.slice('sha256:'.length);
  const peers = {
    nginx: { pid: nginx.pid, url: `${nginx.url}/${hex}`, headers: {} },
    delivery: { pid: delivery.pid, url: `${delivery.url}/device/v1/blobs/${digest}`, headers: { authorization } },
  };
  const rows = [];
  for (const { url, headers } of Object.values(peers)) await assertBytes(url, headers, hex);
  for (const range of [undefined, `bytes=${size / 2}-`]) {
    const results = { nginx: [], delivery: [] };
    for (let round = 0; round < rounds; round++) {
      for (const [peer, { headers, ...server }] of Object.entries(peers)) {
        results[peer].push(measure({ ...server, headers: { ...headers, ...(range && { range }) } }));
      }
    }
    const of = (peer, field) => median(results[peer].map((result) => result[field]));
    const row = { blob: name, part: range ? 'second half' : 'whole' };
    for (const peer of Object.keys(peers)) {
      row[peer] = { bytesPerSecond: of(peer, 'bytesPerSecond'), cpuMicros: of(peer, 'cpuMicros') };
    }
    rows.push({ ...row, ratio: row.delivery.bytesPerSecond / row.nginx.bytesPerSecond });
  }
  return rows;
}

const rows = await withFleetServers(async ({ folder, databaseUrl, master }) => {
  const store = createObjectStore({ kind: 'local', folder: path.join(folder, 'store') });
  const blobs = [];
  for (const [name, size] of Object.entries(SIZES)) {
    blobs.push({ name, size, digest: await putBlob(store, randomBytes(size)) });
  }
  await fillFleet(databaseUrl, 1);
  await rollOut(databaseUrl, blobs);
  const files = Object.fromEntries(
    blobs.map(({ digest }) => [digest.slice('sha256:'.length), store.localPath(blobKey(digest))]),
  );
  const nginx = await startNginx(folder, SERVER, files);
  const delivery = await startDelivery({ master, folder, databaseUrl, core: SERVER, environment: UNLIMITED });
  try {
    const [credential] = await credentialsOf(1, master);
    const all = [];
    for (const blob of blobs) {
      all.push(...(await compare({ nginx, delivery, authorization: `Bearer ${credential}`, ...blob })));
    }
    return all;
  } finally {
    await delivery.stop();
    await nginx.stop();
  }
});

const megabytes = ({ bytesPerSecond }) => `${Math.round(bytesPerSecond / 1e6)} MB/s`;
const micros = ({ cpuMicros }) => `${Math.round(cpuMicros)} µs`;
print(
  table([
    ['blob', 'part', 'nginx', 'delivery', 'ratio', `P10 ≥ ${TARGET}`, 'CPU/MB nginx', 'CPU/MB delivery'],
    ...rows.map(({ blob, part, nginx, delivery, ratio }) => [
      blob,
      part,
      megabytes(nginx),
      megabytes(delivery),
      ratio.toFixed(2),
      ratio >= TARGET ? 'met' : 'missed',
      micros(nginx),
      micros(delivery),
    ]),
  ]),
);
await mkdir(path.dirname(options.json), { recursive: true });
const machine = { cpu: os.cpus()[0]?.model, cores: os.availableParallelism(), node: process.version };
await writeFile(options.json, JSON.stringify({ machine, seconds, rounds, connections, rows }, null, 2));
