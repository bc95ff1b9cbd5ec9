import { routeCost, type RouteDefinition } from '@kernelcast/contracts';
import {
  AppError,
  networkOf,
  rateLimitHeaders,
  retryAfterSeconds,
  type RateLimiter,
  type RatePolicy,
} from '@kernelcast/platform';
import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import { Counter, Registry } from 'prom-client';
import { CONFIG, type RegistryConfig } from '../config/registry.config.js';
import { rateLimitPolicies, type RateLimitPolicies } from './rate-limits.config.js';

/** Injection token of the store of all buckets. */
export const RATE_LIMITER = 'kernelcast:rate-limiter';

/** Who makes a request: an authenticated user or API key, or else an address. */
export type Requester = { readonly kind: string; readonly id: string } | { readonly address: string };

/** What of an answer is written to. */
interface Answer {
  headers(values: Record<string, string>): unknown;
}

/** Turns away who asks for more than their share, and tells everybody what is left of it. */
@Injectable()
export class RateLimits implements OnModuleDestroy {
  private readonly policies: RateLimitPolicies;
  private readonly refused: Counter<'policy'>;

  constructor(
    @Inject(RATE_LIMITER) private readonly limiter: RateLimiter,
    @Inject(CONFIG) config: RegistryConfig,
    registry: Registry,
  ) {
    this.policies = rateLimitPolicies(config);
    this.refused = new Counter({
      name: 'kernelcast_rate_limited_requests_total',
      help: 'Requests that were turned away by a rate limit',
      labelNames: ['policy'],
      registers: [registry],
    });
  }

  onModuleDestroy(): void {
    this.limiter.close();
  }

  /** @throws AppError `rate_limited` with the seconds after which the same request would be taken */
  async admit(requester: Requester, route: RouteDefinition, answer: Answer): Promise<void> {
    const { policy, key } = this.bucketOf(requester);
    if (!policy) return;
    const taking = await this.limiter.take(policy, key, routeCost(route));
    void answer.headers(rateLimitHeaders(policy, taking));
    if (taking.isAllowed) return;
    this.refused.inc({ policy: policy.name });
    const seconds = retryAfterSeconds(taking);
    throw new AppError('rate_limited', detailOf(policy, seconds), { retryAfterSeconds: seconds });
  }

  private bucketOf(requester: Requester): { policy: RatePolicy | undefined; key: string } {
    return 'address' in requester
      ? { policy: this.policies.address, key: networkOf(requester.address) }
      : { policy: this.policies.principal, key: `${requester.kind}:${requester.id}` };
  }
}

const detailOf = ({ name, rule }: RatePolicy, seconds: number): string => {
  const whose = name === 'address' ? 'An address without a valid credential' : 'A user or API key';
  return `${whose} may ask for ${rule.capacity} units a minute; the same request would be taken in ${seconds} s.`;
};
