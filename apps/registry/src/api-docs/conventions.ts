/** What holds for every operation: a heading, and sentences with `code` between backticks. */
export const CONVENTIONS: readonly (readonly [title: string, text: string])[] = [
  [
    'Credentials',
    'Send an API key (`kc_…`) or the token of a session as `Authorization: Bearer …`. Make a key with `kernelcast keys create`, or log in with `POST /v1/sessions`. Whoever belongs to several projects names one in `Kernelcast-Project`.',
  ],
  [
    'Errors',
    'Every refusal is `application/problem+json` (RFC 9457) with a stable `code` to branch on and a `requestId` that is also in the logs; `errors` names faults of the request by JSON pointers. Send `X-Request-Id` to choose the id, and `traceparent` to go on with a trace.',
  ],
  [
    'Lists',
    'Answer `{data, nextCursor}`: ask again with `after=<nextCursor>` until it is `null`. `sort=-createdAt` falls. Filters must all hold; one that is repeated takes any of its values.',
  ],
  [
    'Repeating a request',
    'With an `Idempotency-Key` a `POST` can be sent again: the same key and content give the first answer, and nothing is done twice.',
  ],
  [
    'Changing what others change too',
    'Answers carry an `ETag`. Send it as `If-Match` with a change: 412 when the resource has changed since. With `If-None-Match` a `GET` answers 304 while nothing has.',
  ],
  [
    'Rate limits',
    'Each operation has a cost. `RateLimit-Policy` tells the units of a window, `RateLimit` what is left (`r`) and over how many seconds to spread it (`t`); 429 `rate_limited` comes with `Retry-After`.',
  ],
];
