import { Redis } from 'ioredis';
import type { Logger } from 'pino';
import { LocalRateLimiter, type RateLimiter, type RatePolicy } from './rate-limiter.js';
import { refillTimes, ROUNDING_MS, takeTokens, type Taking } from './token-buckets.js';

interface RedisRateLimiterOptions {
  readonly url: string;
  readonly logger: Logger;
}

/**
 * Kept like in memory: the moment at which the bucket is full again, by the clock of Redis. A bucket that is full is not
 * kept at all, so Redis holds no more than those in use. ARGV: milliseconds of the cost, of all, of rounding.
 */
const TAKE = `
local time = redis.call('TIME')
local now = time[1] * 1000 + time[2] / 1000
local cost, whole, rounding = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local full_at = tonumber(redis.call('GET', KEYS[1])) or now
local before = math.min(whole, math.max(0, full_at - now))
local after = before + cost
if after > whole + rounding then return {0, tostring(before)} end
if cost > 0 then redis.call('SET', KEYS[1], string.format('%.3f', now + after), 'PX', math.ceil(after)) end
return {1, tostring(before)}`;

const PREFIX = 'kernelcast:rate:';
/** A request waits no longer than this for its permission. */
const COMMAND_TIMEOUT_MS = 100;
/** Milliseconds for which a Redis that did not answer is not asked again. */
const REST_MS = 1000;
const reconnectDelay = (attempt: number): number => Math.min(attempt * 50, 2000);
/** ioredis holds the process up for as long after the end. */
const DISCONNECT_MS = 200;

/**
 * Keeps the buckets in Redis, so that all replicas agree. While Redis is away nobody is turned away for that: each
 * process then limits by itself, and one line of its log says so.
 */
export class RedisRateLimiter implements RateLimiter {
  private readonly redis: Redis;
  private readonly logger: Logger;
  private readonly local = new LocalRateLimiter();
  private isAway = false;
  private askAgainAt = 0;

  constructor({ url, logger }: RedisRateLimiterOptions) {
    this.logger = logger;
    this.redis = new Redis(url, {
      enableOfflineQueue: false,
      maxRetriesPerRequest: 0,
      commandTimeout: COMMAND_TIMEOUT_MS,
      retryStrategy: reconnectDelay,
      disconnectTimeout: DISCONNECT_MS,
    });
    this.redis.on('error', (error: unknown) => this.leave(error));
    this.redis.on('ready', () => this.comeBack());
  }

  async take(policy: RatePolicy, key: string, cost: number): Promise<Taking> {
    if (this.redis.status !== 'ready' || performance.now() < this.askAgainAt) return this.local.take(policy, key, cost);
    try {
      const taking = await this.takeFromRedis(policy, key, cost);
      this.comeBack();
      return taking;
    } catch (error) {
      this.askAgainAt = performance.now() + REST_MS;
      this.leave(error);
      return this.local.take(policy, key, cost);
    }
  }

  close(): void {
    this.redis.disconnect();
  }

  private async takeFromRedis({ name, rule }: RatePolicy, key: string, cost: number): Promise<Taking> {
    const { costMs, wholeMs } = refillTimes(rule, cost);
    const answer = await this.redis.eval(TAKE, 1, `${PREFIX}${name}:${key}`, costMs, wholeMs, ROUNDING_MS);
    const [allowed, untilFullMs] = answer as [number, string];
    return takeTokens({ rule, cost, untilFullMs: Number(untilFullMs) }, allowed === 1);
  }

  private leave(error: unknown): void {
    if (!this.isAway) this.logger.warn({ err: error }, 'Redis is away: rate limits hold for each process by itself');
    this.isAway = true;
  }

  private comeBack(): void {
    if (this.isAway) this.logger.info('Redis is back: rate limits hold for all processes together');
    this.isAway = false;
  }
}
