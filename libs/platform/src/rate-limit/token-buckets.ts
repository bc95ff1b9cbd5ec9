/** How much may be taken at once, and how fast it comes back. */
export interface BucketRule {
  /** Tokens of a full bucket. */
  readonly capacity: number;
  readonly refillPerSecond: number;
}

/** What came of taking from a bucket. */
export interface Taking {
  readonly isAllowed: boolean;
  /** Whole tokens left. */
  readonly remaining: number;
  /** Milliseconds until the bucket is full, if nobody takes from it. */
  readonly fullAfterMs: number;
  /** Milliseconds until the same may be taken; 0 when it was. */
  readonly retryAfterMs: number;
}

export interface TokenBucketsOptions {
  readonly rule: BucketRule;
  /** Most buckets that are kept; the one longest unused gives way, and is full when it is next asked for. */
  readonly maxKeys?: number;
  /** Milliseconds since any fixed moment; never runs backwards. */
  readonly now?: () => number;
}

/** Some 14 MB with keys of the length of an IPv6 network. */
const DEFAULT_MAX_KEYS = 100_000;
/** Buckets looked at with each taking, of which those that are full again are let go. */
const SWEPT = 2;

/**
 * Token buckets by key, in bounded memory. Of each only the moment is kept at which it is full again, which says the
 * same as its level (the generic cell rate algorithm, ITU-T I.371, as virtual scheduling): no timers, no refilling.
 */
export class TokenBuckets<Key extends string | number> {
  /** Longest unused first. */
  private readonly fullAt = new Map<Key, number>();
  private readonly rule: BucketRule;
  private readonly maxKeys: number;
  private readonly now: () => number;

  /** @throws RangeError on a rule that gives nothing */
  constructor({ rule, maxKeys = DEFAULT_MAX_KEYS, now = () => performance.now() }: TokenBucketsOptions) {
    if (!(rule.capacity > 0 && rule.refillPerSecond > 0)) throw new RangeError('a bucket needs a capacity and a rate');
    this.rule = rule;
    this.maxKeys = maxKeys;
    this.now = now;
  }

  /** Buckets that are kept. */
  get size(): number {
    return this.fullAt.size;
  }

  /**
   * Takes tokens, all or none.
   * @param cost tokens; more than a bucket holds takes a full one, and 0 looks without taking
   */
  take(key: Key, cost = 1): Taking {
    const now = this.now();
    const taking = takeTokens({ rule: this.rule, cost, untilFullMs: (this.fullAt.get(key) ?? now) - now });
    // Also what was refused counts as a use: who keeps asking is not forgotten, and so not let in.
    this.fullAt.delete(key);
    if (taking.fullAfterMs > 0) this.fullAt.set(key, now + taking.fullAfterMs);
    this.forget(now);
    return taking;
  }

  private forget(now: number): void {
    let looked = 0;
    for (const [key, fullAt] of this.fullAt) {
      if (looked++ === SWEPT) break;
      if (fullAt <= now || this.fullAt.size > this.maxKeys) this.fullAt.delete(key);
    }
  }
}

/** What one bucket is asked for, and what it held. */
export interface Asking {
  readonly rule: BucketRule;
  readonly cost: number;
  /** Milliseconds until it is full, before the taking; negative when it has long been. */
  readonly untilFullMs: number;
}

/** The terms in which buckets are kept: milliseconds that it takes to refill what is asked for, and all of a bucket. */
export const refillTimes = ({ capacity, refillPerSecond }: BucketRule, cost: number) => {
  const perTokenMs = 1000 / refillPerSecond;
  return { perTokenMs, costMs: Math.min(cost, capacity) * perTokenMs, wholeMs: capacity * perTokenMs };
};

/** Sums of fractions of milliseconds must not cost anybody a token. */
export const ROUNDING_MS = 0.01;

/** @param isAllowed as the store of the buckets decided; by the rule when left out */
export const takeTokens = ({ rule, cost, untilFullMs }: Asking, isAllowed?: boolean): Taking => {
  const { perTokenMs, costMs, wholeMs } = refillTimes(rule, cost);
  const before = Math.max(0, untilFullMs);
  const after = before + costMs;
  const taken = isAllowed ?? after <= wholeMs + ROUNDING_MS;
  const fullAfterMs = Math.min(taken ? after : before, wholeMs);
  return {
    isAllowed: taken,
    remaining: Math.floor((wholeMs - fullAfterMs + ROUNDING_MS) / perTokenMs),
    fullAfterMs,
    retryAfterMs: taken ? 0 : Math.max(0, after - wholeMs),
  };
};
