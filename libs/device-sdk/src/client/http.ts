import { problemSchema } from '@kernelcast/contracts';
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
  const timeout = new AbortController();
  const timer = setTimeout(() => timeout.abort(new Error(`no answer within ${timeoutMs / 1000} s`)), timeoutMs);
  try {
    return await fetch(url, {
      method,
      headers: json === undefined ? headers : { ...headers, 'content-type': 'application/json' },
      ...(json === undefined ? {} : { body: JSON.stringify(json) }),
      signal: signal ? AbortSignal.any([signal, timeout.signal]) : timeout.signal,
    });
  } catch (cause) {
    signal?.throwIfAborted();
    throw new DeviceError('network_unreachable', `${new URL(url).host}: ${reasonOf(cause)}`, { cause });
  } finally {
    clearTimeout(timer);
  }
}

/** `fetch` hides what happened in the cause of a TypeError. */
function reasonOf(error: unknown): string {
  const cause: unknown = Object(error).cause;
  const { code, detail } = describeError(cause ?? error);
  return detail || code;
}

async function toServerError(response: Response): Promise<ServerError> {
  const problem = problemSchema.partial().safeParse(await readJson(response, MAX_PROBLEM_BYTES).catch(() => ({})));
  const { code = `http_${response.status}`, detail = `the server answered ${response.status}` } = problem.data ?? {};
  return new ServerError(response.status, code, detail, retryAfterOf(response.headers.get('retry-after')));
}

/** Seconds of a `Retry-After` header (RFC 9110, section 10.2.3): a number of seconds or a date. */
export function retryAfterOf(header: string | null, now = Date.now()): number | undefined {
  if (header === null) return undefined;
  if (/^\d{1,9}$/.test(header.trim())) return Number(header.trim());
  const seconds = (Date.parse(header) - now) / 1000;
  return Number.isFinite(seconds) ? Math.max(0, Math.ceil(seconds)) : undefined;
}

/**
 * Reads a body of at most `limit` bytes.
 * @throws DeviceError `response_invalid` when there are more, `network_unreachable` when the connection breaks
 */
export async function readBytes(response: Response, limit: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of bodyChunks(response)) {
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
export async function readJson(response: Response, limit: number): Promise<unknown> {
  const bytes = await readBytes(response, limit);
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new DeviceError('response_invalid', 'the answer is not JSON', { cause });
  }
}

/** A body's chunks as they arrive; leaving the loop early ends the transfer. */
export async function* bodyChunks(response: Response): AsyncGenerator<Uint8Array> {
  const reader = response.body?.getReader();
  if (reader === undefined) return;
  let ended = false;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      ended = done;
      if (done) return;
      yield value;
    }
  } catch (cause) {
    ended = true;
    if (cause instanceof DeviceError) throw cause;
    throw new DeviceError('network_unreachable', `the connection broke: ${reasonOf(cause)}`, { cause });
  } finally {
    if (!ended) await reader.cancel().catch(() => undefined);
  }
}
