import { problemShape } from '@kernelcast/contracts';
import { describeError, DeviceError, ServerError } from '../device.errors.js';

/** The part of `fetch` that is used; tests and runtimes may bring their own. */
export type Fetch = (url: string, init?: RequestInit) => Promise<Response>;

export interface HttpRequest {
  url: string;
  method?: 'GET' | 'POST';
  headers?: Record<string, string>;
  /** Sent as JSON. */
  json?: unknown;
  signal?: AbortSignal;
  /** Until the answer's headers are there. */
  timeoutMs: number;
}

/** A problem document is a few hundred bytes; what is longer is none of ours. */
const MAX_PROBLEM_BYTES = 64 * 1024;
/** Of a problem's text: it goes to logs and reports, and nobody has signed it. */
const MAX_DETAIL_LENGTH = 300;
const CODE_PATTERN = /^[a-z][a-z0-9_]{0,63}$/;
/** No server may send a device away for longer, by mistake or with a wrong clock on either side. */
const MAX_RETRY_AFTER_SECONDS = 86_400;
/** A connection may die without a word: a body that brings nothing for this long is broken. */
const STALL_MS = 60_000;
const NOT_MODIFIED = 304;

/**
 * Sends a request and gives back a response with status 2xx or 304.
 *
 * @throws ServerError for any other status
 * @throws DeviceError `network_unreachable` when there is no answer in time; the reason of `signal` when that aborts
 */
export async function sendRequest(fetch: Fetch, request: HttpRequest): Promise<Response> {
  const response = await reach(fetch, request);
  if (response.ok || response.status === NOT_MODIFIED) return response;
  throw await toServerError(response);
}

async function reach(fetch: Fetch, { url, method = 'GET', headers = {}, ...request }: HttpRequest): Promise<Response> {
  const { json, signal, timeoutMs } = request;
  signal?.throwIfAborted();
  // Not AbortSignal.any: its result lives as long as a signal that lasts as long as the process.
  const controller = new AbortController();
  const abort = (): void => controller.abort(signal?.reason);
  signal?.addEventListener('abort', abort, { once: true });
  const timer = setTimeout(() => controller.abort(new Error(`no answer within ${timeoutMs / 1000} s`)), timeoutMs);
  try {
    return await fetch(url, {
      method,
      headers: json === undefined ? headers : { ...headers, 'content-type': 'application/json' },
      ...(json === undefined ? {} : { body: JSON.stringify(json) }),
      signal: controller.signal,
    });
  } catch (cause) {
    signal?.throwIfAborted();
    throw new DeviceError('network_unreachable', `${new URL(url).host}: ${reasonOf(cause)}`, { cause });
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', abort);
  }
}

/** `fetch` hides what happened in the cause of a TypeError. */
function reasonOf(error: unknown): string {
  const cause: unknown = Object(error).cause;
  const { code, detail } = describeError(cause ?? error);
  return detail || code;
}

async function toServerError(response: Response): Promise<ServerError> {
  const { status, headers } = response;
  const problem = problemShape.safeParse(await readJson(response, MAX_PROBLEM_BYTES).catch(() => ({})));
  const { code = '', detail = `the server answered ${status}` } = problem.data ?? {};
  const known = CODE_PATTERN.test(code) ? code : `http_${status}`;
  return new ServerError(status, known, printable(detail), retryAfterOf(headers.get('retry-after')));
}

/** One short line without control characters, which a terminal might obey. */
const printable = (text: string): string => text.replaceAll(/\p{C}+/gu, ' ').slice(0, MAX_DETAIL_LENGTH);

/** Seconds of a `Retry-After` header (RFC 9110, section 10.2.3): a number of seconds or a date; at most a day. */
export function retryAfterOf(header: string | null, now = Date.now()): number | undefined {
  if (header === null) return undefined;
  const text = header.trim();
  const seconds = /^\d+$/.test(text) ? Number(text) : (Date.parse(text) - now) / 1000;
  return Number.isNaN(seconds) ? undefined : Math.min(Math.max(0, Math.ceil(seconds)), MAX_RETRY_AFTER_SECONDS);
}

/**
 * Reads a body of at most `limit` bytes.
 * @throws DeviceError `response_invalid` when there are more, `network_unreachable` when the connection breaks
 */
export async function readBytes(response: Response, limit: number, signal?: AbortSignal): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of bodyChunks(response, signal)) {
    size += chunk.byteLength;
    if (size > limit) throw new DeviceError('response_invalid', `the answer is longer than ${limit} bytes`);
    chunks.push(chunk);
  }
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.byteLength;
  }
  return bytes;
}

/** Reads JSON of at most `limit` bytes. @throws DeviceError as {@link readBytes}, or `response_invalid` for no JSON. */
export async function readJson(response: Response, limit: number, signal?: AbortSignal): Promise<unknown> {
  const bytes = await readBytes(response, limit, signal);
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new DeviceError('response_invalid', 'the answer is not JSON', { cause });
  }
}

type Chunk = ReadableStreamReadResult<Uint8Array>;

/**
 * A body's chunks as they arrive; leaving the loop early ends the transfer.
 * @throws DeviceError `network_unreachable` when the connection breaks or stalls; the reason of `signal` when that aborts
 */
export async function* bodyChunks(
  response: Response,
  signal?: AbortSignal,
  stallMs = STALL_MS,
): AsyncGenerator<Uint8Array> {
  const reader = response.body?.getReader();
  if (reader === undefined) return;
  try {
    for (;;) {
      const { done, value } = await inTime(reader.read(), stallMs, signal);
      if (done) return;
      yield value;
    }
  } catch (cause) {
    signal?.throwIfAborted();
    throw new DeviceError('network_unreachable', `the connection broke: ${reasonOf(cause)}`, { cause });
  } finally {
    // Ends the transfer when it has not ended; not waited for, as a dead connection may not answer.
    void reader.cancel().catch(() => undefined);
  }
}

function inTime(reading: Promise<Chunk>, limitMs: number, signal?: AbortSignal): Promise<Chunk> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal?.reason);
    const timer = setTimeout(() => reject(new Error(`nothing came for ${limitMs / 1000} s`)), limitMs);
    signal?.addEventListener('abort', abort, { once: true });
    if (signal?.aborted) abort();
    reading.then(resolve, reject).finally(() => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
    });
  });
}
