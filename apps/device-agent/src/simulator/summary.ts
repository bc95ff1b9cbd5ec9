import type { FleetTable } from './fleet-table.js';
import type { Latencies } from './meters.js';
import { REQUEST_KINDS } from './meters.js';
import type { RequestKind } from './meters.js';
import type { FleetMemory, Simulator } from './simulator.js';

const BYTES_OF_MIB = 2 ** 20;

interface LatencySummary {
  readonly count: number;
  /** Milliseconds, or null before the first. */
  readonly p50: number | null;
  readonly p99: number | null;
}

/** Everything there is to say about a simulation so far; what `--json` prints at its end. */
export interface Summary {
  readonly seconds: number;
  readonly devices: { readonly all: number; readonly enrolled: number; readonly revoked: number };
  /** Devices by `task/version` that they run. */
  readonly versions: Record<string, number>;
  readonly requests: Record<RequestKind, LatencySummary>;
  readonly polls: Record<string, number>;
  readonly activations: Record<string, number>;
  readonly reports: { readonly delivered: number; readonly waiting: number };
  readonly errors: Record<string, number>;
  readonly deferred: Record<string, number>;
  /** Downloads that a newer manifest made needless. */
  readonly overtaken: number;
  /** Requests repeated on a new connection, as the server had closed the idle one. */
  readonly reconnects: number;
  readonly refusals: Record<string, number>;
  readonly attacks: { readonly repelled: Record<string, number>; readonly breaches: Record<string, number> };
  readonly bytes: { readonly received: number; readonly sent: number; readonly blobs: Record<string, number> };
  readonly lag: LatencySummary;
  readonly rssBytes: number;
}

/** @param startedAt of the run, on the clock of `performance.now()` */
export function summarise({ meters, fleet, traffic, reconnects }: Simulator, startedAt: number): Summary {
  const { table } = fleet;
  return {
    seconds: (performance.now() - startedAt) / 1_000,
    devices: countDevices(table),
    versions: countVersions(fleet),
    requests: Object.fromEntries(
      REQUEST_KINDS.map((kind) => [kind, latencyOf(meters.latencies[kind])]),
    ) as Summary['requests'],
    polls: meters.polls.toObject(),
    activations: meters.activations.toObject(),
    reports: {
      delivered: meters.reportsDelivered,
      waiting: [...table.pending.values()].reduce((sum, reports) => sum + reports.length, 0),
    },
    errors: meters.errors.toObject(),
    deferred: meters.deferred.toObject(),
    overtaken: meters.overtaken,
    reconnects,
    refusals: meters.refusals.toObject(),
    attacks: { repelled: meters.repelled.toObject(), breaches: meters.breaches.toObject() },
    bytes: { ...traffic, blobs: meters.blobBytes.toObject() },
    lag: latencyOf(meters.lag),
    rssBytes: process.memoryUsage.rss(),
  };
}

function latencyOf(latencies: Latencies): LatencySummary {
  return { count: latencies.count, p50: latencies.quantile(0.5), p99: latencies.quantile(0.99) };
}

function countDevices(table: FleetTable): Summary['devices'] {
  let [enrolled, revoked] = [0, 0];
  for (let device = 0; device < table.size; device++) {
    if (table.isEnrolled(device)) enrolled += 1;
    revoked += table.revoked[device] ?? 0;
  }
  return { all: table.size, enrolled, revoked };
}

function countVersions(fleet: FleetMemory): Record<string, number> {
  const byHolding = new Map<number, number>();
  for (const number of fleet.table.holding) byHolding.set(number, (byHolding.get(number) ?? 0) + 1);
  const counts: Record<string, number> = {};
  for (const [number, devices] of byHolding) {
    for (const { task, version } of Object.values(fleet.holdings.get(number).slots)) {
      const name = `${task}/${version}`;
      counts[name] = (counts[name] ?? 0) + devices;
    }
  }
  return counts;
}

/** One line about what has happened since the line before. */
export function liveLine(now: Summary, before: Summary): string {
  const seconds = Math.max(now.seconds - before.seconds, Number.EPSILON);
  const polls = (now.requests.poll.count - before.requests.poll.count) / seconds;
  const { p50, p99 } = now.requests.poll;
  const versions = Object.entries(now.versions).map(([name, count]) => `${name} ${count}`);
  const errors = Object.entries({ ...now.errors, ...now.deferred }).map(([code, count]) => `${code} ${count}`);
  const breaches = Object.values(now.attacks.breaches).reduce((sum, count) => sum + count, 0);
  return [
    `${now.seconds.toFixed(0)} s`,
    `${now.devices.enrolled} of ${now.devices.all} enrolled`,
    `${polls.toFixed(0)} polls/s, p50 ${ms(p50)}, p99 ${ms(p99)}`,
    versions.length > 0 ? versions.join(', ') : 'nothing installed',
    `${(now.bytes.received / BYTES_OF_MIB).toFixed(1)} MiB received`,
    errors.length > 0 ? `errors: ${errors.join(', ')}` : 'no errors',
    ...(breaches > 0 ? [`BREACHES: ${breaches}`] : []),
  ].join(' | ');
}

const ms = (value: number | null): string => (value === null ? '-' : `${value.toFixed(1)} ms`);
