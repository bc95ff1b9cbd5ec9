import { rateLimitHeaders, retryAfterSeconds } from './rate-limit-headers.js';
import { takeTokens } from './token-buckets.js';

const policy = { name: 'address', rule: { capacity: 600, refillPerSecond: 10 } };
const headers = (cost: number, untilFullMs: number) =>
  rateLimitHeaders(policy, takeTokens({ rule: policy.rule, cost, untilFullMs }));

describe('rate limit headers', () => {
  it('say what a full bucket is, what is left, and over how long to spread it', () => {
    expect(headers(1, 0)).toEqual({ 'ratelimit-policy': '"address";q=600;w=60', ratelimit: '"address";r=599;t=60' });
    expect(headers(100, 30_000)).toMatchObject({ ratelimit: '"address";r=200;t=20' });
    expect(headers(1, 59_900)).toMatchObject({ ratelimit: '"address";r=0;t=1' });
  });

  it('ask for no earlier return than the wait after a refusal', () => {
    const refused = takeTokens({ rule: policy.rule, cost: 50, untilFullMs: 57_000 });
    expect(rateLimitHeaders(policy, refused).ratelimit).toBe('"address";r=30;t=2');
    expect(retryAfterSeconds(refused)).toBe(2);
    expect(retryAfterSeconds({ retryAfterMs: 0.2 })).toBe(1);
  });
});
