import { TokenBuckets, type BucketRule, type Taking } from './token-buckets.js';

/** A limit that holds for each key by itself. */
export interface RatePolicy {
  /** Visible ASCII without quotes: clients are shown it. */
  readonly name: string;
  readonly rule: BucketRule;
}

/** Where the levels of all buckets are kept. */
export interface RateLimiter {
  /** Takes from the bucket of a key under a policy; fails for no reason of its own. */
  take(policy: RatePolicy, key: string, cost: number): Promise<Taking>;
  close(): void;
}

/** Keeps them in this process alone. */
export class LocalRateLimiter implements RateLimiter {
  private readonly buckets = new Map<string, TokenBuckets<string>>();

  take(policy: RatePolicy, key: string, cost: number): Promise<Taking> {
    return Promise.resolve(this.bucketsOf(policy).take(key, cost));
  }

  close(): void {
    this.buckets.clear();
  }

  private bucketsOf({ name, rule }: RatePolicy): TokenBuckets<string> {
    const known = this.buckets.get(name) ?? new TokenBuckets({ rule });
    this.buckets.set(name, known);
    return known;
  }
}
