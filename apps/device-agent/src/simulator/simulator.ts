import { setTimeout as delay } from 'node:timers/promises';
import type { Digest } from '@kernelcast/contracts';
import { AGENT_VERSION } from '../version.js';
import { BlobShelf } from './blob-shelf.js';
import { DeviceApi } from './device-api.js';
import type { EnrolmentOrder } from './device-api.js';
import { DeviceKeys } from './device-keys.js';
import { DeviceTurns } from './device-turn.js';
import { draw } from './draws.js';
import { FleetTable } from './fleet-table.js';
import { Interned, NOTHING } from './holdings.js';
import type { Holding } from './holdings.js';
import { HttpLine } from './http-line.js';
import { Installation } from './installation.js';
import { ManifestShelf } from './manifest-shelf.js';
import { Meters } from './meters.js';
import { Reporting } from './reporting.js';
import { Schedule } from './schedule.js';
import { behaviourOf, clockOffsetOf } from './script.js';
import type { Script } from './script.js';

export const MAX_DEVICES = 100_000;
/** setTimeout fires at once beyond 2^31 - 1 milliseconds; the schedule is looked at again long before. */
const LONGEST_SLEEP_MS = 60_000;
/** Turns under way for one connection: enough to keep it busy, few enough that waiting requests do not pile up. */
const TURNS_PER_CONNECTION = 2;
/** Blobs that no device may use any more are dropped this often. */
const SWEEP_MS = 10_000;

export interface SimulationOptions {
  readonly server: string;
  readonly enrolmentToken: string;
  readonly baseDigest: Digest;
  readonly devices: number;
  /** Connections to the server, kept alive and shared by all devices. */
  readonly connections: number;
  /** New devices that enrol in a second. */
  readonly enrolPerSecond: number;
  readonly script: Script;
  /** From which the devices' keys are derived. */
  readonly secret: Uint8Array;
}

/** What outlives a run. */
export interface FleetMemory {
  readonly table: FleetTable;
  readonly holdings: Interned<Holding>;
  readonly manifests: ManifestShelf;
}

/** The memory of a fleet that was never switched on. */
export function newFleet({ devices, baseDigest }: Pick<SimulationOptions, 'devices' | 'baseDigest'>): FleetMemory {
  return {
    table: new FleetTable(devices),
    holdings: new Interned<Holding>([NOTHING]),
    manifests: new ManifestShelf(baseDigest),
  };
}

/** Many devices in one process: one schedule, a few connections, a packed row for each device. */
export class Simulator {
  readonly meters = new Meters();
  private readonly line: HttpLine;
  private readonly blobs: BlobShelf;
  private readonly turns: DeviceTurns;
  private readonly schedule: Schedule;
  private readonly clockOffsets: Float64Array;
  private readonly stopping = new AbortController();
  private active = 0;
  private paused = 0;
  private timer: NodeJS.Timeout | undefined;
  private idle: (() => void) | undefined;

  constructor(
    private readonly options: SimulationOptions,
    readonly fleet: FleetMemory,
  ) {
    const { script, secret, devices, server, connections } = options;
    const { table, holdings, manifests } = fleet;
    const { meters } = this;
    this.schedule = new Schedule(devices);
    this.clockOffsets = Float64Array.from({ length: devices }, (_, device) => clockOffsetOf(script, device));
    this.line = new HttpLine(server, connections);
    const api = new DeviceApi(this.line, meters);
    const keys = new DeviceKeys(secret);
    const clock = (device: number): Date => new Date(Date.now() + (this.clockOffsets[device] ?? 0));
    const order = (device: number): EnrolmentOrder => this.orderOf(device, keys);
    const pause = (ms: number): Promise<void> => this.pause(ms);
    this.blobs = new BlobShelf(api);
    const reporting = new Reporting(table, api, meters);
    const { blobs } = this;
    const installation = new Installation({ script, table, holdings, blobs, reporting, meters, pause, clock });
    this.turns = new DeviceTurns({ script, table, api, keys, manifests, installation, reporting, meters, order, clock }); // prettier-ignore
  }

  /** Bytes on the wire, headers included. */
  get traffic(): HttpLine['traffic'] {
    return this.line.traffic;
  }

  /** Requests repeated as the server had closed the idle connection they were sent on. */
  get reconnects(): number {
    return this.line.reconnects;
  }

  /** Runs all devices until the signal aborts, then lets the turns under way end. */
  async run(signal: AbortSignal): Promise<void> {
    const start = performance.now();
    const { devices, enrolPerSecond, script } = this.options;
    let fresh = 0;
    for (let device = 0; device < devices; device++) {
      if (this.fleet.table.revoked[device] === 1) continue;
      // Devices from before come back spread over a second, as after a power cut with some luck.
      const wait = this.fleet.table.isEnrolled(device) ? draw(script.seed, 'start', device) : fresh++ / enrolPerSecond;
      this.schedule.add(device, start + wait * 1_000);
    }
    const sweep = setInterval(() => this.sweep(), SWEEP_MS);
    await new Promise<void>((resolve) => {
      this.idle = resolve;
      const stop = (): void => {
        this.stopping.abort();
        clearTimeout(this.timer);
        if (this.active + this.paused === 0) resolve();
      };
      signal.addEventListener('abort', stop, { once: true });
      if (signal.aborted) stop();
      else this.drain();
    });
    clearInterval(sweep);
    this.line.close();
  }

  /** Starts the turns that are due, as many as may run at once, and wakes up for the next. */
  private drain(): void {
    if (this.stopping.signal.aborted) return;
    clearTimeout(this.timer);
    const limit = this.options.connections * TURNS_PER_CONNECTION;
    const now = performance.now();
    while (this.active < limit) {
      const dueAt = this.schedule.nextAt ?? now;
      const device = this.schedule.takeDue(now);
      if (device === undefined) break;
      this.meters.lag.add(now - dueAt);
      this.active += 1;
      void this.turn(device);
    }
    const next = this.schedule.nextAt;
    if (next === undefined || this.active >= limit) return;
    const wait = Math.min(Math.max(next - performance.now(), 1), LONGEST_SLEEP_MS);
    this.timer = setTimeout(() => this.drain(), wait);
  }

  private async turn(device: number): Promise<void> {
    const wait = await this.turns.take(device);
    if (wait !== undefined) this.schedule.add(device, performance.now() + wait);
    this.active -= 1;
    if (this.stopping.signal.aborted && this.active + this.paused === 0) this.idle?.();
    this.drain();
  }

  /** A device that waits in the middle of a turn leaves its place to another; a stop ends the wait. */
  private async pause(ms: number): Promise<void> {
    const { signal } = this.stopping;
    this.active -= 1;
    this.paused += 1;
    this.drain();
    await delay(ms, undefined, { signal }).catch(() => undefined);
    this.active += 1;
    this.paused -= 1;
  }

  private sweep(): void {
    const wanted = new Set<string>();
    for (const number of new Set(this.fleet.table.holding)) {
      for (const { digest, previous } of Object.values(this.fleet.holdings.get(number).slots)) {
        wanted.add(digest);
        if (previous) wanted.add(previous.digest);
      }
    }
    const latest = new Set(this.fleet.table.manifest);
    latest.delete(-1);
    for (const number of latest) {
      for (const { digest } of this.fleet.manifests.get(number).manifest.slots) wanted.add(digest);
    }
    this.blobs.retain(wanted);
  }

  private orderOf(device: number, keys: DeviceKeys): EnrolmentOrder {
    const { enrolmentToken, baseDigest, script } = this.options;
    return {
      enrolmentToken,
      publicKey: keys.publicKey(device),
      attributes: { simulated: 'true', number: String(device), behaviour: behaviourOf(script, device) },
      baseDigests: [baseDigest],
      runtime: `device-agent/${AGENT_VERSION} simulated`,
    };
  }
}
