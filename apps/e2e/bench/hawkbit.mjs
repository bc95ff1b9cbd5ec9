// P6: idle polls a core answers, ours against those of Eclipse hawkBit's DDI. Build first: npx nx run-many -t build
//   node apps/e2e/bench/hawkbit.mjs --jar hawkbit-update-server.jar [--java java] [--login admin:admin] [--devices 200]
//                                   [--connections 32] [--seconds 20] [--short] [--json FILE]
//   node apps/e2e/bench/hawkbit.mjs --url http://127.0.0.1:8080    a hawkBit that runs already, on the first core
// Each server alone on the first core, with a Postgres of its own that has no core of its own; the load on the second, the
// same for both: kept-alive connections, the credentials of all devices in turn. Ours answers 304 by ETag; hawkBit's idle
// poll is a 200 with links. One warm-up of each, then rounds in turn; medians. The load is a Node process: where it is the
// limit, it hides our lead.
// hawkBit comes as a jar of its releases (coordinates org.eclipse.hawkbit:hawkbit-update-server) and needs Java 17 or later:
// apt-get install openjdk-17-jre-headless. taskset is in util-linux.
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { makeGroup } from './fleet/prepare.mjs';
import { servicesBelow } from './fleet/memory.mjs';
import { hasProgram, load, pin } from './hawkbit/cores.mjs';
import { useRunning, withHawkbit } from './hawkbit/hawkbit-server.mjs';
import { ourPolls } from './hawkbit/our-polls.mjs';
import { median, print, table } from './queue/figures.mjs';
import { withPlatform } from './queue/platform.mjs';
import { withFolder } from './queue/servers.mjs';

const { values: options } = parseArgs({
  options: {
    jar: { type: 'string' },
    url: { type: 'string' },
    java: { type: 'string', default: 'java' },
    login: { type: 'string', default: 'admin:admin' },
    devices: { type: 'string' },
    connections: { type: 'string', default: '32' },
    seconds: { type: 'string' },
    rounds: { type: 'string' },
    short: { type: 'boolean', default: false },
    json: { type: 'string' },
  },
});
const TARGET = 20;
const devices = Number(options.devices ?? (options.short ? 50 : 200));
const connections = Number(options.connections);
const seconds = Number(options.seconds ?? (options.short ? 3 : 20));
const rounds = Number(options.rounds ?? (options.short ? 1 : 5));

/** What keeps the comparison from being made, and how to get it. */
function missing() {
  const found = [];
  if (!hasProgram('taskset', '--version')) found.push('taskset, to give each server one core: util-linux');
  if (os.availableParallelism() < 2) found.push('a second core, for the load');
  if (options.url) return found;
  if (!options.jar)
    found.push('a hawkBit jar: --jar FILE (org.eclipse.hawkbit:hawkbit-update-server, from its releases), or --url of one that runs'); // prettier-ignore
  else if (!existsSync(options.jar)) found.push(`the jar: there is no ${options.jar}`);
  if (!hasProgram(options.java, '-version')) found.push('Java 17 or later: apt-get install openjdk-17-jre-headless');
  return found;
}

async function measure({ url, requests, status }, length = seconds) {
  const result = await load({ url, requests, connections, seconds: length, status });
  if (result.other > 0) throw new Error(`${result.other} of ${result.requests} polls were not answered by ${status}`);
  return result;
}

async function run(folder) {
  const data = path.join(folder, 'data');
  return withPlatform(data, { KERNELCAST_POLL_SECONDS: '3600' }, async ({ deliveryUrl, ...addresses }, pid) => {
    const { token } = await makeGroup(addresses, 'bench', devices);
    const ours = { url: deliveryUrl, requests: await ourPolls({ deliveryUrl, token, devices, folder }), status: 304 };
    for (const process of await servicesBelow(pid, 'delivery')) pin(process);
    const { jar, java, login, url } = options;
    const withPeer = (use) =>
      url ? useRunning({ url, login, devices }, use) : withHawkbit({ jar, java, folder, login, devices }, use);
    return withPeer(async (peer) => {
      const servers = { hawkbit: { ...peer, status: 200 }, kernelcast: ours };
      const results = { hawkbit: [], kernelcast: [] };
      for (let round = -1; round < rounds; round++) {
        for (const [name, server] of Object.entries(servers)) {
          const result = await measure(server);
          if (round >= 0) results[name].push(result);
        }
      }
      return results;
    });
  });
}

function show(results) {
  const of = (name, key) => median(results[name].map((round) => round[key]));
  const row = (name) => [name, of(name, 'rate').toFixed(0), of(name, 'p50').toFixed(2), of(name, 'p99').toFixed(2)];
  print(`\n${table([['idle polls', 'per second', 'p50 ms', 'p99 ms'], row('hawkbit'), row('kernelcast')])}`);
  const ratio = of('kernelcast', 'rate') / of('hawkbit', 'rate');
  print(`P6 >= ${TARGET} x: ${ratio.toFixed(1)} x, ${ratio >= TARGET ? 'met' : 'MISSED'}`);
  return ratio;
}

const [model] = os.cpus();
const lacking = missing();
if (lacking.length > 0) {
  print(`P6 is not measured. Missing:\n${lacking.map((what) => `  ${what}`).join('\n')}`);
} else {
  print(`${model.model.trim()}, load before ${os.loadavg()[0].toFixed(1)}; ${devices} devices, ${connections} connections, ${rounds} x ${seconds} s`); // prettier-ignore
  const results = await withFolder(run);
  const ratio = show(results);
  const machine = { cpu: model.model.trim(), node: process.version };
  const report = { bench: 'P6', machine, devices, connections, seconds, results, ratio, target: TARGET };
  if (options.json) await writeFile(options.json, `${JSON.stringify(report, null, 2)}\n`);
}
