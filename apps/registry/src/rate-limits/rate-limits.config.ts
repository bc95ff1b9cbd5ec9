import type { RatePolicy } from '@kernelcast/platform';
import { z } from 'zod';

/** Less than this would turn away who makes one expensive request after an ordinary one. */
const LEAST = 100;
const perMinute = z.union([z.literal('0').transform(Number), z.coerce.number().int().min(LEAST).max(100_000_000)]);

/** What may be asked for in a minute, in units of the cheapest request; 0 for no limit. */
export const rateLimitShape = {
  /** By each user or API key. */
  KERNELCAST_RATE_LIMIT_PER_MINUTE: perMinute.default(6000),
  /** From each address, without a valid credential. */
  KERNELCAST_RATE_LIMIT_ADDRESS_PER_MINUTE: perMinute.default(1200),
} as const;

/** The limits that hold; a bucket holds what comes back in a minute. */
export interface RateLimitPolicies {
  readonly principal?: RatePolicy;
  readonly address?: RatePolicy;
}

const MINUTE_SECONDS = 60;
const policyOf = (name: string, units: number): RatePolicy | undefined =>
  units === 0 ? undefined : { name, rule: { capacity: units, refillPerSecond: units / MINUTE_SECONDS } };

type Limits = { readonly [key in keyof typeof rateLimitShape]: number };

export const rateLimitPolicies = (limits: Limits): RateLimitPolicies => ({
  principal: policyOf('principal', limits.KERNELCAST_RATE_LIMIT_PER_MINUTE),
  address: policyOf('address', limits.KERNELCAST_RATE_LIMIT_ADDRESS_PER_MINUTE),
});
