/** Bounds of two neighbouring buckets of a latency: a quantile is right within this. */
const RATIO = 1.05;
/** Lower bound of the first bucket, milliseconds. */
const SHORTEST_MS = 0.01;
/** Up to 0.01 ms · 1.05^400, over half an hour. */
const BUCKETS = 400;

/** Durations in buckets that grow geometrically: fixed memory however many there are. */
export class Latencies {
  private readonly counts = new Float64Array(BUCKETS);
  count = 0;

  add(ms: number): void {
    const bucket = Math.ceil(Math.log(Math.max(ms, SHORTEST_MS) / SHORTEST_MS) / Math.log(RATIO));
    const index = Math.min(bucket, BUCKETS - 1);
    this.counts[index] = (this.counts[index] ?? 0) + 1;
    this.count += 1;
  }

  /** Upper bound of the bucket that holds this share of all, milliseconds; `null` before the first. */
  quantile(share: number): number | null {
    if (this.count === 0) return null;
    let left = share * this.count;
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      left -= this.counts[bucket] ?? 0;
      if (left <= 0) return SHORTEST_MS * RATIO ** bucket;
    }
    return SHORTEST_MS * RATIO ** (BUCKETS - 1);
  }
}

export const REQUEST_KINDS = ['enrol', 'renew', 'poll', 'blob', 'report', 'attack'] as const;
export type RequestKind = (typeof REQUEST_KINDS)[number];

/** Counts by name. */
class Tally {
  private readonly counts = new Map<string, number>();

  add(name: string, count = 1): void {
    this.counts.set(name, (this.counts.get(name) ?? 0) + count);
  }

  get total(): number {
    return [...this.counts.values()].reduce((sum, count) => sum + count, 0);
  }

  toObject(): Record<string, number> {
    return Object.fromEntries([...this.counts].sort(([a], [b]) => (a < b ? -1 : 1)));
  }
}

/** What happened in a simulation. */
export class Meters {
  readonly latencies = Object.fromEntries(REQUEST_KINDS.map((kind) => [kind, new Latencies()])) as Record<
    RequestKind,
    Latencies
  >;
  /** Polls by what they brought: `unchanged`, `accepted`, `refused`. */
  readonly polls = new Tally();
  /** What should not happen, by kind. */
  readonly errors = new Tally();
  /** Requests that the server asked to repeat later (429, 503), by code. */
  readonly deferred = new Tally();
  /** Manifests that a device refused since its own clock says so: the protocol at work, by code. */
  readonly refusals = new Tally();
  /** Blobs that a newer manifest no longer names: it came while they were about to be fetched. */
  overtaken = 0;
  /** Attacks that were refused as they must be, by name. */
  readonly repelled = new Tally();
  /** Attacks that were not: each is a hole. */
  readonly breaches = new Tally();
  /** Activations by outcome: `active`, `failed`, `removed`. */
  readonly activations = new Tally();
  /** Bytes of blobs by the way they came: `full`, `delta`. */
  readonly blobBytes = new Tally();
  reportsDelivered = 0;
  /** Turns of devices that came later than they were due, milliseconds: what the simulator itself could not keep up with. */
  readonly lag = new Latencies();
}
