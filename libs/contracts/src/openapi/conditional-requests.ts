import { isConditional, type RouteDefinition } from '../common/route.js';

const header = (name: string, description: string, required = false) => ({
  name,
  in: 'header',
  required,
  description,
  schema: { type: 'string' },
});

const IF_NONE_MATCH = header('If-None-Match', 'An `ETag` that was seen: 304 while it still holds');
const IF_ABSENT = header('If-None-Match', '`*`: only if there is no such resource yet');
const ifMatch = (required: boolean) =>
  header('If-Match', 'The `ETag` that was seen: 412 when the resource has changed since; `*` takes any', required);

/** Request headers of an operation with entity tags (RFC 9110, section 13). */
export const conditionalHeaders = (route: RouteDefinition) => {
  if (isConditional(route)) return route.concurrency === 'etag' ? [ifMatch(true)] : [ifMatch(false), IF_ABSENT];
  return route.concurrency && route.method === 'get' ? [IF_NONE_MATCH] : [];
};

/** The header of a success of such an operation. */
export const entityTagHeader = ({ concurrency, success }: RouteDefinition) =>
  concurrency && success.body !== null
    ? { ETag: { description: 'Changes with what is shown', required: true, schema: { type: 'string' } } }
    : {};

/** The 304 of a GET of such an operation. */
export const notModified = ({ concurrency, method }: RouteDefinition) =>
  concurrency && method === 'get' ? { '304': { description: 'The ETag of `If-None-Match` still holds' } } : {};
