import { randomBytes } from 'node:crypto';
import { digestSchema } from '@kernelcast/contracts';
import type { Digest } from '@kernelcast/contracts';
import { Command, InvalidArgumentError } from 'commander';
import { chooseBase, loadBase } from '../base/base-choice.js';
import type { CliContext, Exit } from '../cli.js';
import { readScript, scriptSchema } from '../simulator/script.js';
import type { Script } from '../simulator/script.js';
import { MAX_DEVICES, newFleet, Simulator } from '../simulator/simulator.js';
import { readFleet, writeFleet } from '../simulator/state-file.js';
import { liveLine, summarise } from '../simulator/summary.js';
import type { Summary } from '../simulator/summary.js';

interface SimulateFlags {
  server: string;
  token: string;
  devices: number;
  minutes: number;
  connections: number;
  enrolRate: number;
  script?: string;
  seed?: number;
  base?: Digest;
  state?: string;
  json?: boolean;
  live: boolean;
}

const SECRET_BYTES = 32;
const LIVE_MS = 1_000;
/** Without a terminal a line a second would fill logs. */
const PLAIN_MS = 10_000;
const MAX_MINUTES = 10_080;
const MAX_CONNECTIONS = 10_000;
const MAX_SEED = 0x7fffffff;

const between =
  (least: number, most: number, whole = true) =>
  (text: string): number => {
    const value = Number(text);
    if (text.trim() !== '' && value >= least && value <= most && (!whole || Number.isInteger(value))) return value;
    throw new InvalidArgumentError(`${whole ? 'A whole number' : 'A number'} from ${least} to ${most}.`);
  };

function parseDigest(text: string): Digest {
  const parsed = digestSchema.safeParse(text);
  if (parsed.success) return parsed.data;
  throw new InvalidArgumentError('A digest is written sha256:<64 hex digits>.');
}

/** `simulate`: a fleet of light devices against a delivery service, for a bounded time. */
export function simulateCommand(context: CliContext, exit: Exit): Command {
  return new Command('simulate')
    .description('simulate a fleet with the real protocol against a server of your own')
    .requiredOption('--server <url>', 'address of the delivery service')
    .requiredOption('--token <token>', 'enrolment token with a use for each device')
    .option('--devices <count>', 'how many devices', between(1, MAX_DEVICES), 100)
    .option('--minutes <minutes>', 'how long', between(0.01, MAX_MINUTES, false), 1)
    .option('--connections <count>', 'connections that all devices share', between(1, MAX_CONNECTIONS), 64)
    .option('--enrol-rate <count>', 'new devices that enrol in a second', between(1, MAX_DEVICES), 200)
    .option('--script <file>', 'JSON: how the devices behave (docs/fleet-simulator.md)')
    .option('--seed <number>', 'decides which device behaves how; in place of the script’s', between(0, MAX_SEED))
    .option('--base <digest>', 'base network the devices hold (default: the one that comes along)', parseDigest)
    .option('--state <file>', 'file to go on from, and to write at the end; holds the keys of all devices')
    .option('--json', 'print a summary as JSON at the end, and nothing else to standard output')
    .option('--no-live', 'no lines while it runs')
    .action(async (flags: SimulateFlags) => exit(await simulate(flags, context)));
}

/** @returns 0, or 1 when there were errors or an attack was not repelled */
async function simulate(flags: SimulateFlags, context: CliContext): Promise<number> {
  const script = await scriptOf(flags);
  const { devices, server, token: enrolmentToken, connections, enrolRate: enrolPerSecond } = flags;
  const baseDigest = flags.base ?? (await loadBase(chooseBase(undefined))).digest;
  const shape = { server, baseDigest, devices };
  const kept = flags.state === undefined ? undefined : await readFleet(flags.state, shape);
  const { fleet, secret } = kept ?? { fleet: newFleet(shape), secret: new Uint8Array(randomBytes(SECRET_BYTES)) };
  const options = { ...shape, enrolmentToken, connections, enrolPerSecond, script, secret };
  const simulator = new Simulator(options, fleet);
  const startedAt = performance.now();
  const stopTelling = flags.live ? tell(simulator, startedAt, context) : () => undefined;
  await simulator.run(AbortSignal.any([context.signal, AbortSignal.timeout(flags.minutes * 60_000)]));
  stopTelling();
  if (flags.state !== undefined) await writeFleet(flags.state, fleet, { server, baseDigest, secret });
  const summary = summarise(simulator, startedAt);
  context.stdout(flags.json ? `${JSON.stringify(summary)}\n` : describe(summary));
  return simulator.meters.errors.total + simulator.meters.breaches.total > 0 ? 1 : 0;
}

async function scriptOf({ script, seed }: SimulateFlags): Promise<Script> {
  const read = script === undefined ? scriptSchema.parse({}) : await readScript(script);
  return seed === undefined ? read : { ...read, seed };
}

/** A line that renews itself on a terminal, plain lines elsewhere; to standard error, as the result is the summary. */
function tell(simulator: Simulator, startedAt: number, { stderr }: CliContext): () => void {
  const isTerminal = process.stderr.isTTY;
  let before = summarise(simulator, startedAt);
  const timer = setInterval(
    () => {
      const now = summarise(simulator, startedAt);
      const line = liveLine(now, before);
      stderr(isTerminal ? `\r\u001b[2K${line.slice(0, process.stderr.columns - 1)}` : `${line}\n`);
      before = now;
    },
    isTerminal ? LIVE_MS : PLAIN_MS,
  );
  return () => {
    clearInterval(timer);
    if (isTerminal) stderr('\n');
  };
}

function describe(summary: Summary): string {
  const counts = (of: Record<string, number>): string =>
    Object.entries(of)
      .map(([name, count]) => `${name} ${count}`)
      .join(', ') || 'none';
  const { devices, requests, reports, attacks, bytes, seconds } = summary;
  const latency = Object.entries(requests)
    .filter(([, { count }]) => count > 0)
    .map(([kind, { count, p50, p99 }]) => `${kind} ${count} (p50 ${p50?.toFixed(1)} ms, p99 ${p99?.toFixed(1)} ms)`);
  const perDevice = Math.round(bytes.received / Math.max(devices.enrolled, 1));
  return [
    `${devices.enrolled} of ${devices.all} devices, ${devices.revoked} revoked, in ${seconds.toFixed(0)} s`,
    `requests: ${latency.join(', ')}`,
    `versions: ${counts(summary.versions)}`,
    `activations: ${counts(summary.activations)}`,
    `reports: ${reports.delivered} delivered, ${reports.waiting} waiting`,
    `bytes: ${bytes.received} received, ${bytes.sent} sent, ${perDevice} received by a device`,
    `manifests refused: ${counts(summary.refusals)}`,
    `attacks repelled: ${counts(attacks.repelled)}`,
    `attacks not repelled: ${counts(attacks.breaches)}`,
    `asked to wait: ${counts(summary.deferred)}; overtaken downloads ${summary.overtaken}, connections renewed ${summary.reconnects}`,
    `errors: ${counts(summary.errors)}`,
    '',
  ].join('\n');
}
