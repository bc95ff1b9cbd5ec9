import type { RatePolicy } from './rate-limiter.js';
import type { Taking } from './token-buckets.js';

const MS = 1000;
const atLeastOne = (seconds: number): number => Math.max(1, Math.ceil(seconds));

/** Seconds to wait after a refusal, as `Retry-After` says them. */
export const retryAfterSeconds = ({ retryAfterMs }: Pick<Taking, 'retryAfterMs'>): number =>
  atLeastOne(retryAfterMs / MS);

/**
 * `RateLimit-Policy` and `RateLimit` (draft-ietf-httpapi-ratelimit-headers-11): the policy is a full bucket (`q`) and the
 * seconds that fill it (`w`). What is left (`r`) comes with the seconds (`t`) in which as much is filled in: who spreads
 * it over them is never refused, and the ratio of the two never shows more than the bucket can go on giving (section
 * 8.5). After a refusal `t` is the wait, which `Retry-After` must not fall short of (section 6).
 */
export const rateLimitHeaders = ({ name, rule }: RatePolicy, taking: Taking) => {
  const { capacity, refillPerSecond } = rule;
  const { isAllowed, remaining } = taking;
  const window = isAllowed ? atLeastOne(remaining / refillPerSecond) : retryAfterSeconds(taking);
  return {
    'ratelimit-policy': `"${name}";q=${Math.floor(capacity)};w=${atLeastOne(capacity / refillPerSecond)}`,
    ratelimit: `"${name}";r=${remaining};t=${window}`,
  };
};
