// P5, P7: idle polls a core answers against nginx serving a static 304, what a device costs in memory, how long a start
// takes. Build first: npx nx run-many -t build
//   node apps/delivery/bench/polls.mjs [--devices 20000] [--connections 64] [--seconds 10] [--rounds 5] [--held 5000]
//                                      [--short] [--json FILE]
// Throughput: delivery and nginx (one worker), each alone on the first core, the load on the second; the same load
//     generator, connections, credentials and headers; keep-alive. Rounds of both take turns; medians. Every request
//     carries the next of the credentials. On a busy machine look at the CPU time of a request.
//     None with --rounds 0.
// Memory: the growth of the process (RSS) from a fleet of none to one of --devices, both just started; then with --held
//     long polls held by as many connections.
// nginx and wrk are Debian's: apt-get install nginx wrk. Without nginx there is nothing to compare with; without wrk the
// load comes from this process, which is slower than nginx and hides its lead.
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { median, print, table } from './polls/figures.mjs';
import { fillFleet, credentialsOf } from './polls/fleet.mjs';
import { holdPolls } from './polls/held.mjs';
import { loadGenerator } from './polls/load.mjs';
import {
  cpuSeconds,
  hasProgram,
  residentBytes,
  startDelivery,
  startNginx,
  withFleetServers,
} from './polls/servers.mjs';

const { values: options } = parseArgs({
  options: {
    devices: { type: 'string' },
    connections: { type: 'string', default: '64' },
    seconds: { type: 'string' },
    rounds: { type: 'string' },
    held: { type: 'string' },
    short: { type: 'boolean', default: false },
    json: { type: 'string', default: 'tmp/bench/polls.json' },
  },
});
const devices = Number(options.devices ?? (options.short ? 20_000 : 1_000_000));
const connections = Number(options.connections);
const seconds = Number(options.seconds ?? (options.short ? 2 : 10));
const rounds = Number(options.rounds ?? (options.short ? 1 : 5));
const held = Number(options.held ?? (options.short ? 500 : 10_000));
/** Devices whose credentials the load carries; beyond it the generator spends its time on memory. */
const CALLERS = Math.min(devices, 10_000);
const WARM_UP = options.short ? 1 : 3;
const TARGETS = { throughput: 0.5, p99: 3, bytesPerDevice: 200, coldStartSeconds: 20 };

async function measure(server, generator, requests) {
  const before = cpuSeconds(server.pid);
  const answered = await server.answered();
  const result = await generator.run({ url: server.url, requests, connections, seconds });
  const counted = (await server.answered()) - answered;
  if (server.counts && counted < result.requests * 0.99) {
    throw new Error(`${result.requests} answers, of which the service counts ${counted} as 304`);
  }
  return { ...result, cpuMicros: ((cpuSeconds(server.pid) - before) / result.requests) * 1e6 };
}

async function compare(context) {
  const generator = loadGenerator(context.folder);
  const delivery = await startDelivery({ ...context, core: 0 });
  const nginx = hasProgram('nginx') ? await startNginx({ ...context, core: 0 }) : undefined;
  try {
    const servers = nginx === undefined ? { delivery } : { nginx, delivery };
    const results = { nginx: [], delivery: [] };
    for (let round = -WARM_UP; round < rounds; round++) {
      for (const [name, server] of Object.entries(servers)) {
        const requests = await server.requests(context.credentials);
        const result = await measure(server, generator, requests);
        // The first rounds warm both up: Node compiles what runs often, and verifies each credential once.
        if (round >= 0) results[name].push(result);
      }
    }
    return { generator: generator.name, results };
  } finally {
    await delivery.stop();
    await nginx?.stop();
  }
}

async function memory(context) {
  const { master, folder, databaseUrl, emptyDatabaseUrl } = context;
  const weigh = async (url) => {
    const service = await startDelivery({ master, folder, databaseUrl: url, core: 0 });
    await service.settled();
    return { service, rss: residentBytes(service.pid) };
  };
  const empty = await weigh(emptyDatabaseUrl);
  await empty.service.stop();
  const full = await weigh(databaseUrl);
  try {
    const perDevice = (full.rss - empty.rss) / devices;
    const requests = await full.service.requests(context.credentials);
    const release = await holdPolls({ url: full.service.url, requests, count: held });
    await full.service.settled();
    const perHeld = (residentBytes(full.service.pid) - full.rss) / held;
    release();
    return { rssEmpty: empty.rss, rssFull: full.rss, perDevice, perHeld, coldStart: full.service.startSeconds };
  } finally {
    await full.service.stop();
  }
}

const summary = (rounds, key) => (rounds.length === 0 ? undefined : median(rounds.map((round) => round[key])));
const judge = (what, value, target, isMet) =>
  print(`${what}: ${value.toFixed(2)} (target ${target}), ${isMet ? 'met' : 'MISSED'}`);

function showThroughput({ generator, results }) {
  const row = (name) => [
    name,
    ...['rate', 'p50', 'p99', 'cpuMicros'].map(
      (key) => summary(results[name], key)?.toFixed(key === 'rate' ? 0 : 2) ?? '-',
    ),
  ];
  print(`\nidle polls (304), ${connections} connections, ${CALLERS} devices, load by ${generator} (P5)`);
  print(table([['', 'per second', 'p50 ms', 'p99 ms', 'CPU µs'], row('nginx'), row('delivery')]));
  if (results.nginx.length === 0) {
    print('nginx is not there to compare with: apt-get install nginx');
    return;
  }
  const ratio = (key) => summary(results.delivery, key) / summary(results.nginx, key);
  judge('throughput, of nginx', ratio('rate'), `>= ${TARGETS.throughput}`, ratio('rate') >= TARGETS.throughput);
  judge('p99, of nginx', ratio('p99'), `<= ${TARGETS.p99}`, ratio('p99') <= TARGETS.p99);
  print(`by CPU time: ${(1 / ratio('cpuMicros')).toFixed(2)}`);
}

function showMemory(result) {
  const mb = (bytes) => (bytes / 1e6).toFixed(0);
  print(`\n${devices} devices (P7)`);
  print(table([['RSS of none, MB', 'of all, MB', 'bytes a device', 'start, s', 'bytes a held poll'], [mb(result.rssEmpty), mb(result.rssFull), result.perDevice.toFixed(0), result.coldStart.toFixed(1), result.perHeld.toFixed(0)]])); // prettier-ignore
  judge('bytes a device', result.perDevice, `<= ${TARGETS.bytesPerDevice}`, result.perDevice <= TARGETS.bytesPerDevice);
  judge(
    'cold start, s',
    result.coldStart,
    `<= ${TARGETS.coldStartSeconds}`,
    result.coldStart <= TARGETS.coldStartSeconds,
  );
}

const figures = await withFleetServers(async (servers) => {
  await fillFleet(servers.databaseUrl, devices);
  await fillFleet(servers.emptyDatabaseUrl, 0);
  const context = { ...servers, credentials: await credentialsOf(CALLERS, servers.master) };
  const throughput = rounds > 0 ? await compare(context) : undefined;
  if (throughput !== undefined) showThroughput(throughput);
  const weights = await memory(context);
  showMemory(weights);
  return { devices, connections, seconds, rounds, targets: TARGETS, throughput, memory: weights };
});
await mkdir(path.dirname(options.json), { recursive: true });
await writeFile(options.json, JSON.stringify(figures, null, 2));
