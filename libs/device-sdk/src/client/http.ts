import { problemSchema } from '@kernelcast/contracts';
import { DeviceError, ServerRefusal } from '../device.error.js';

export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

export interface HttpRequest {
  method: 'GET' | 'POST';
  headers?: Record<string, string>;
  body?: unknown;
  /** Statuses that are answers; any other is a refusal. */
  accept: readonly number[];
  /** Milliseconds until the answer's head must be there. */
  timeoutMs?: number;
  signal?: AbortSignal | undefined;
}

const DEFAULT_TIMEOUT_MS = 30_000;

/**
 * Sends a request to the delivery service.
 *
 * @throws DeviceError `network_unreachable`, ServerRefusal for answers that are problems
 */
export async function send(fetcher: Fetch, url: string, request: HttpRequest): Promise<Response> {
  const { method, headers, body, accept, timeoutMs = DEFAULT_TIMEOUT_MS, signal } = request;
  const timeout = AbortSignal.timeout(timeoutMs);
  const json = body === undefined ? {} : { 'content-type': 'application/json' };
  let response: Response;
  try {
    response = await fetcher(url, {
      method,
      headers: { ...json, ...headers },
      body: body === undefined ? null : JSON.stringify(body),
      signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
      // A credential must not follow the server's word to another host.
      redirect: 'error',
    });
  } catch (cause) {
    throw new DeviceError('network_unreachable', `${new URL(url).origin} did not answer`, { cause });
  }
  if (accept.includes(response.status)) return response;
  throw await refusalOf(response);
}

/** Reads a JSON body. @throws DeviceError `network_unreachable` when it breaks off or is no JSON */
export async function readJson(response: Response): Promise<unknown> {
  try {
    return await response.json();
  } catch (cause) {
    throw new DeviceError('network_unreachable', 'the answer broke off', { cause });
  }
}

async function refusalOf(response: Response): Promise<ServerRefusal> {
  const problem = problemSchema.safeParse(await response.json().catch(() => undefined));
  const { code = 'unknown', detail = response.statusText } = problem.success ? problem.data : {};
  const retryAfter = Number(response.headers.get('retry-after') ?? NaN);
  return new ServerRefusal(response.status, code, Number.isFinite(retryAfter) ? retryAfter : undefined, detail);
}
