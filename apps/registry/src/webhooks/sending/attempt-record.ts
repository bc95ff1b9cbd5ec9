import type { IncomingHttpHeaders } from 'node:http';
import type { PostAnswer } from './post.js';

/** What the delivery log keeps of a request and its answer. */
export interface AttemptRecord {
  readonly at: Date;
  readonly durationMs: number;
  readonly status: number | null;
  readonly error: string | null;
  readonly requestHead: Record<string, string>;
  readonly responseHead?: Record<string, string>;
  readonly responseBody: string | null;
}

const MAX_VALUE_LENGTH = 200;
const MAX_BODY_LENGTH = 1024;
const REDACTED = '[redacted]';
/** Others, cookies first of all, may hold secrets of the receiver. */
const SHOWN_HEADERS = ['content-type', 'content-length', 'date', 'retry-after', 'server'] as const;

const cut = (text: string): string => text.slice(0, MAX_VALUE_LENGTH);

/** The head as the log shows it: the query of an address may hold a secret, and so may a signature for who replays it. */
export const shownRequestHead = (url: string, headers: Readonly<Record<string, string>>): Record<string, string> => {
  const { host, pathname, search } = new URL(url);
  const target = { host: cut(host), path: cut(pathname) + (search === '' ? '' : `?${REDACTED}`) };
  return { ...target, ...headers, 'webhook-signature': REDACTED };
};

const shownResponseHead = (headers: IncomingHttpHeaders): Record<string, string> =>
  Object.fromEntries(
    SHOWN_HEADERS.flatMap((name) => {
      const value = headers[name];
      return typeof value === 'string' ? [[name, cut(value)]] : [];
    }),
  );

/** Postgres keeps no NUL. */
const shownBody = (body: string, signature: string): string =>
  body.replaceAll(signature, REDACTED).replaceAll('\0', '\uFFFD').slice(0, MAX_BODY_LENGTH);

/** The part of a record that an answer makes. */
export const recordAnswer = ({ status, headers, body }: PostAnswer, signature: string) => ({
  status,
  error: null,
  responseHead: shownResponseHead(headers),
  responseBody: shownBody(body, signature),
});

/** The part of a record that a failure makes: its code only, since messages name addresses inside of our network. */
export const recordFault = (error: unknown) => {
  const { name, code } = error as NodeJS.ErrnoException;
  return { status: null, error: name === 'AbortError' ? 'timeout' : cut(code ?? name), responseBody: null };
};
