import { routeCost } from '../common/route-cost.js';
import type { RouteDefinition } from '../common/route.js';

/** Devices have limits of their own, by the delivery service. */
const isLimited = ({ access }: RouteDefinition): boolean => access !== 'device';

/** The headers that operations refer to (draft-ietf-httpapi-ratelimit-headers-11). */
export const rateLimitComponents = {
  RateLimit: {
    description: 'What is left (`r`), and the seconds over which to spread it (`t`); absent where limits are off',
    schema: { type: 'string', examples: ['"principal";r=5990;t=60'] },
  },
  'RateLimit-Policy': {
    description: 'The limit that holds: units (`q`) in a window of seconds (`w`)',
    schema: { type: 'string', examples: ['"principal";q=6000;w=60'] },
  },
  'Retry-After': { description: 'Seconds to wait', required: true, schema: { type: 'string', pattern: '^\\d+$' } },
};

const reference = (name: keyof typeof rateLimitComponents) => ({
  [name]: { $ref: `#/components/headers/${name}` },
});

/** Headers of every answer of an operation that is limited. */
export const rateLimitHeaders = (route: RouteDefinition) =>
  isLimited(route) ? { ...reference('RateLimit'), ...reference('RateLimit-Policy') } : {};

/** Headers of a refusal, by its status. */
export const refusalHeaders = (route: RouteDefinition, status: number) => ({
  ...(status === 429 ? rateLimitHeaders(route) : {}),
  ...(status === 429 || status === 503 ? reference('Retry-After') : {}),
});

/** What an operation takes of the limit. */
export const rateLimitCost = (route: RouteDefinition) => (isLimited(route) ? { 'x-rate-cost': routeCost(route) } : {});
