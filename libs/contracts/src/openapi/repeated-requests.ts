import { isRepeatable, type RouteDefinition } from '../common/route.js';

/** Visible ASCII. */
const KEY_SCHEMA = { type: 'string', minLength: 1, maxLength: 200, pattern: '^[!-~]+$' };

/** Request header of an operation that may safely be sent again (draft-ietf-httpapi-idempotency-key-header). */
export const idempotencyKey = (route: RouteDefinition) =>
  isRepeatable(route)
    ? [
        {
          name: 'Idempotency-Key',
          in: 'header',
          required: false,
          description: 'Chosen by the client for each thing it wants done; kept for a day',
          schema: KEY_SCHEMA,
        },
      ]
    : [];

/** The header by which such an operation says that it did nothing new. */
export const replayedHeader = (route: RouteDefinition) =>
  isRepeatable(route)
    ? {
        'Idempotency-Replayed': {
          description: 'The answer is that of an earlier request with the same key',
          schema: { type: 'string', enum: ['true'] },
        },
      }
    : {};
