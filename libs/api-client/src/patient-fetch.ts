export interface PatientFetchOptions {
  /** Milliseconds within which an answer must begin. Its body may take longer. */
  readonly timeoutMs?: number;
  /** How often one request is sent at most. */
  readonly tries?: number;
  /** Told of what is waited out, and for how many milliseconds. */
  readonly onRetry?: (reason: string, waitMs: number) => void;
  /** For tests. */
  readonly fetch?: typeof fetch;
  readonly pause?: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly random?: () => number;
}

const DEFAULT_TIMEOUT_MS = 30_000;
const DEFAULT_TRIES = 5;
const FIRST_WAIT_MS = 300;
const LONGEST_WAIT_MS = 8_000;
/** A server that asks for more patience than this is answered to the caller instead. */
const LONGEST_RETRY_AFTER_MS = 60_000;

/** Methods that change nothing, or nothing more the second time (RFC 9110, 9.2.2). */
const IDEMPOTENT = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE']);
const BUSY = new Set([429, 503]);

/** May be sent twice with the effect of once: by its method, or since the server knows its key. */
const isRepeatable = (request: Request): boolean =>
  IDEMPOTENT.has(request.method) || request.headers.has('idempotency-key');

/** Milliseconds of a `Retry-After` header, which holds seconds or a date (RFC 9110, 10.2.3). */
const retryAfterMs = (response: Response): number | undefined => {
  const text = response.headers.get('retry-after');
  if (text === null) return undefined;
  const ms = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - Date.now();
  return Number.isFinite(ms) ? Math.max(0, ms) : undefined;
};

const pauseFor = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const timer = setTimeout(done, ms);
    function done() {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    }
    signal.addEventListener('abort', done);
  });

/** One try, ended when no answer begins in time. */
const send = async (request: Request, timeoutMs: number, fetcher: typeof fetch): Promise<Response> => {
  const late = new AbortController();
  const reason = new DOMException(`no answer within ${timeoutMs / 1000} s`, 'TimeoutError');
  const timer = setTimeout(() => late.abort(reason), timeoutMs);
  try {
    return await fetcher(request, { signal: AbortSignal.any([request.signal, late.signal]) });
  } finally {
    clearTimeout(timer);
  }
};

/**
 * A `fetch` that waits out a busy server (429, 503) and lost connections: longer each time, with jitter over the whole
 * wait, so that many clients do not come back together. Only what may be sent twice is: safe and idempotent methods,
 * and requests with an `Idempotency-Key`. A 429 was refused before anything was done, so it is always repeated.
 */
export const patientFetch = (options: PatientFetchOptions = {}): typeof fetch => {
  const { timeoutMs = DEFAULT_TIMEOUT_MS, tries = DEFAULT_TRIES, pause = pauseFor, random = Math.random } = options;
  const backOff = async (failures: number, reason: string, signal: AbortSignal, atLeastMs = 0) => {
    const span = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (failures - 1));
    const waitMs = Math.round(atLeastMs + random() * span);
    options.onRetry?.(reason, waitMs);
    await pause(waitMs, signal);
    signal.throwIfAborted();
  };
  return async (input, init) => {
    const request = new Request(input, init);
    for (let failures = 1; ; failures += 1) {
      const last = failures >= tries;
      try {
        const response = await send(request.clone(), timeoutMs, options.fetch ?? globalThis.fetch);
        const wait = retryAfterMs(response) ?? 0;
        const again = response.status === 429 || (BUSY.has(response.status) && isRepeatable(request));
        if (last || !again || wait > LONGEST_RETRY_AFTER_MS) return response;
        await response.body?.cancel();
        await backOff(failures, `the server answered ${response.status}`, request.signal, wait);
      } catch (error) {
        if (last || request.signal.aborted || !isRepeatable(request)) throw error;
        await backOff(failures, reasonOf(error), request.signal);
      }
    }
  };
};

/** Why a request got no answer, as people may read it: `fetch` hides that in the cause of its error. */
export const reasonOf = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  if (cause instanceof AggregateError && cause.errors.length > 0) return reasonOf(cause.errors[0]);
  return cause instanceof Error ? reasonOf(cause) : error.message || error.name;
};
