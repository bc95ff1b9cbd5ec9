// R5: a fleet of simulated devices on the platform as `kernelcast up` starts it, with two rollouts: one that goes through,
// and one whose gate halts it, since on a share of the devices its version fails the self-test, and that rolls back by
// itself. Build first: npx nx run-many -t build
//   node apps/e2e/bench/fleet.mjs [--devices 10000] [--minutes 30] [--poll-seconds 60] [--short] [--json FILE]
// The devices speak the real protocol (docs/fleet-simulator.md); some are slow, flapping, malicious or have a wrong clock.
// Memory is what the system counts as resident of each service, and its growth a line through all samples but the first
// third. Exit code 1 when anything is off: an error of a device, an attack that was not refused, a rollout that ended
// otherwise, a device that runs another version than it should, or memory that grows by more than the limit.
import { writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { apiOf } from './fleet/api.mjs';
import { startFleet } from './fleet/fleet.mjs';
import { growthOf, watchMemory } from './fleet/memory.mjs';
import { makeGroup, makeVersions } from './fleet/prepare.mjs';
import { follow } from './fleet/rollout.mjs';
import { print, table } from './queue/figures.mjs';
import { withPlatform } from './queue/platform.mjs';
import { withFolder } from './queue/servers.mjs';

const { values: options } = parseArgs({
  options: {
    devices: { type: 'string' },
    minutes: { type: 'string' },
    'poll-seconds': { type: 'string' },
    short: { type: 'boolean', default: false },
    json: { type: 'string' },
  },
});
const devices = Number(options.devices ?? (options.short ? 300 : 10_000));
const minutes = Number(options.minutes ?? (options.short ? 0.7 : 30));
const pollSeconds = Number(options['poll-seconds'] ?? (options.short ? 2 : 60));
const ENROL_RATE = 100;
const FAILING_SHARE = 0.3;
/** Of the mean, from the end of the warm-up to the last sample. */
const GROWTH_LIMIT = 0.05;
const WARM_UP_SHARE = 1 / 3;
/** Fewer samples make no line. */
const LEAST_SAMPLES = 30;
const SAMPLE_MS = options.short ? 1_000 : 10_000;
const MIB = 2 ** 20;

const scriptFor = (task, version) => ({
  seed: 1,
  shares: { slow: 0.05, flapping: 0.05, malicious: 0.01, skewed: 0.05 },
  flapping: { polls: 3, silentSeconds: 2 * pollSeconds },
  renewEverySeconds: 10 * pollSeconds,
  // The version that is to be halted; the one before passes everywhere.
  failing: [{ task, version, share: FAILING_SHARE }],
});

/** Devices that are silent for a while must not hold a wave up, but none may be left out for good. */
const gate = { successRatio: 0.9, errorRatio: 0.1, soakSeconds: pollSeconds, deadlineSeconds: 60 * pollSeconds };
const waves = [
  { ...gate, share: 0.1 },
  { ...gate, share: 1 },
];

/** The two rollouts, one after the other, then quiet until the time is over. */
async function release(api, { groupId, good, bad, task }, fleet) {
  const startedAt = performance.now();
  const late = fleet.ended.then((code) => Promise.reject(new Error(`the fleet ended early (${code})`)));
  late.catch(() => undefined);
  await Promise.race([late, sleep((devices / ENROL_RATE) * 1000 + pollSeconds * 1000)]);
  const first = await follow(api, { modulatorVersionId: good.id, groupId, waves }, late);
  print(`rollout of ${task}/${good.version}: ${first.state} after ${first.seconds.toFixed(0)} s`);
  const second = await follow(api, { modulatorVersionId: bad.id, groupId, waves, onBreach: 'rollback' }, late);
  print(`rollout of ${task}/${bad.version}: ${second.state} after ${second.seconds.toFixed(0)} s`);
  // Every device polls once more at least: those of the wave go back, those that were silent come along.
  const settleMs = 4 * pollSeconds * 1000;
  const left = Math.max(minutes * 60_000 - (performance.now() - startedAt), settleMs);
  await Promise.race([late, sleep(left)]);
  return { first, second, summary: await fleet.stop() };
}

async function run(addresses, pid, folder) {
  const api = apiOf(addresses, addresses.adminApiKey);
  const { task, versions } = await makeVersions(addresses, 2);
  const [good, bad] = versions;
  const { groupId, token } = await makeGroup(addresses, 'bench', devices);
  const memory = watchMemory(pid, SAMPLE_MS);
  const script = scriptFor(task, bad.version);
  const server = addresses.deliveryUrl;
  const limits = { devices, minutes: 2 * minutes + 5, enrolRate: ENROL_RATE };
  const fleet = await startFleet(folder, { server, token, script, ...limits });
  try {
    const released = await release(api, { groupId, good, bad, task }, fleet);
    return { task, good: good.version, bad: bad.version, ...released, samples: memory.stop() };
  } finally {
    memory.stop();
    fleet.drop();
  }
}

function judge({ task, good, bad, first, second, summary, growth }) {
  const total = (counts) => Object.values(counts).reduce((sum, count) => sum + count, 0);
  const faults = [];
  const check = (holds, fault) => holds || faults.push(fault);
  check(summary.devices.enrolled === devices, `${summary.devices.enrolled} of ${devices} devices enrolled`);
  check(total(summary.errors) === 0, `errors: ${JSON.stringify(summary.errors)}`);
  check(total(summary.attacks.breaches) === 0, `attacks not refused: ${JSON.stringify(summary.attacks.breaches)}`);
  check(first.state === 'completed', `the rollout of version ${good} is ${first.state}`);
  check(second.state === 'rolled_back', `the rollout of version ${bad} is ${second.state}`);
  check(total(summary.activations) > 0 && summary.activations.failed > 0, 'no device failed its self-test');
  check(summary.versions[`${task}/${good}`] === devices, `devices run ${JSON.stringify(summary.versions)}`);
  for (const [name, { share }] of Object.entries(growth ?? {})) {
    check(share <= GROWTH_LIMIT, `memory of ${name} grew by ${(share * 100).toFixed(1)} %`);
  }
  return faults;
}

function show({ first, second, summary, samples, growth }) {
  const mib = (bytes) => (bytes / MIB).toFixed(1);
  const ms = (value) => (value === null ? '-' : value.toFixed(1));
  const requests = Object.entries(summary.requests).map(([kind, { count, p50, p99 }]) => [kind, String(count), ms(p50), ms(p99)]); // prettier-ignore
  print(`\n${table([['requests', 'count', 'p50 ms', 'p99 ms'], ...requests])}`);
  const rollouts = [first, second].flatMap(({ version, state, seconds, waves: done }) => [
    ...done.map((wave) => [`version ${version}, wave of ${wave.share * 100} %`, wave.seconds.toFixed(1)]),
    [`version ${version} ${state}`, seconds.toFixed(1)],
  ]);
  print(`\n${table([['rollouts', 's from start'], ...rollouts])}`);
  const memory = ['registry', 'delivery'].map((name) => [
    name,
    mib(samples[0]?.[name] ?? 0),
    mib(Math.max(...samples.map((sample) => sample[name]))),
    mib(samples.at(-1)?.[name] ?? 0),
    growth ? mib(growth[name].bytesPerHour) : 'too short',
  ]);
  print(`\n${table([['memory, MiB', 'first', 'most', 'last', 'growth an hour'], ...memory])}`);
  const { received, sent, blobs } = summary.bytes;
  const per = (bytes) => (bytes / devices).toFixed(0);
  print(`\nbytes a device: ${per(received)} received (${per(blobs.full ?? 0)} of whole modulators, ${per(blobs.delta ?? 0)} of deltas), ${per(sent)} sent`); // prettier-ignore
  print(`activations ${JSON.stringify(summary.activations)}, versions ${JSON.stringify(summary.versions)}`);
  print(`attacks refused ${JSON.stringify(summary.attacks.repelled)}`);
  print(`asked to wait ${JSON.stringify(summary.deferred)}, manifests refused ${JSON.stringify(summary.refusals)}`);
  print(`overtaken downloads ${summary.overtaken}, connections renewed ${summary.reconnects}`);
  print(`errors ${JSON.stringify(summary.errors)}`);
}

const [model] = os.cpus();
const load = os.loadavg().map((value) => value.toFixed(1));
print(`${os.availableParallelism()} x ${model.model.trim()}, load before ${load.join(' ')}; node ${process.version}; ${devices} devices, ${minutes} minutes, a poll every ${pollSeconds} s`); // prettier-ignore
const results = await withFolder((folder) =>
  withPlatform(path.join(folder, 'data'), { KERNELCAST_POLL_SECONDS: String(pollSeconds) }, (addresses, pid) =>
    run(addresses, pid, folder),
  ),
);
const enough = results.samples.length >= LEAST_SAMPLES && !options.short;
const growth = enough && Object.fromEntries(['registry', 'delivery'].map((name) => [name, growthOf(results.samples, name, WARM_UP_SHARE)])); // prettier-ignore
show({ ...results, growth });
const faults = judge({ ...results, growth: growth || undefined });
print(faults.length === 0 ? '\nR5: met' : `\nR5: MISSED\n${faults.map((fault) => `  ${fault}`).join('\n')}`);
if (options.json) {
  const machine = { cpu: model.model.trim(), threads: os.availableParallelism(), load, node: process.version };
  const report = { bench: 'R5', machine, devices, minutes, pollSeconds, faults, growth: growth || null, ...results };
  await writeFile(options.json, `${JSON.stringify(report, null, 2)}\n`);
}
process.exitCode = faults.length === 0 ? 0 : 1;
