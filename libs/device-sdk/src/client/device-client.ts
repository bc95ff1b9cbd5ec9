import type { Digest } from '@kernelcast/artifact';
import { DEVICE_PATHS, POLL_AFTER_HEADER, reportsResponseShape } from '@kernelcast/contracts';
import type { Report } from '@kernelcast/contracts';
import { MAX_JWS_LENGTH } from '@kernelcast/trust';
import { DeviceError, ServerError } from '../device.errors.js';
import type { Credentials } from './credentials.js';
import { readBytes, readJson, sendRequest } from './http.js';
import type { Fetch, HttpRequest } from './http.js';

/** Until headers are there; a long poll adds its wait. */
const TIMEOUT_MS = 30_000;
/** A JWS of the longest allowed, with room for white space. */
const MAX_MANIFEST_BYTES = MAX_JWS_LENGTH + 64 * 1024;
const MAX_ANSWER_BYTES = 64 * 1024;
/** When the server does not say, seconds. */
const DEFAULT_POLL_AFTER_SECONDS = 300;
const MAX_POLL_AFTER_SECONDS = 86_400;
/** Refusals that a new credential may cure. */
const RENEWABLE = ['credential_expired', 'credential_invalid'];

export interface PollAnswer {
  readonly pollAfterSeconds: number;
  /** The server's time, Unix milliseconds; nobody vouches for it. */
  readonly serverTime?: number;
  /** Absent when nothing changed. */
  readonly manifest?: { readonly bytes: Uint8Array };
}

export interface PollRequest {
  /** Digest of the manifest the device has, from which the server tells whether another is due. */
  readonly knownDigest?: Digest;
  /** Seconds the server may hold the request until there is a change. */
  readonly waitSeconds: number;
  readonly signal?: AbortSignal;
}

export interface ClientOptions {
  readonly fetch: Fetch;
  readonly server: string;
  readonly credentials: Credentials;
}

/** An enrolled device's side of `/device/v1`. Renews its credential by itself, once for each request. */
export class DeviceClient {
  constructor(private readonly options: ClientOptions) {}

  /** Asks for the desired state. @throws ServerError, DeviceError `network_unreachable` or `response_invalid` */
  async poll({ knownDigest, waitSeconds, signal }: PollRequest): Promise<PollAnswer> {
    const query = waitSeconds > 0 ? `?wait=${waitSeconds}` : '';
    const response = await this.send({
      url: `${this.options.server}${DEVICE_PATHS.getManifest}${query}`,
      headers: knownDigest === undefined ? {} : { 'if-none-match': `"${knownDigest}"` },
      timeoutMs: TIMEOUT_MS + waitSeconds * 1000,
      signal,
    });
    const pollAfterSeconds = pollAfterOf(response);
    if (response.status === 304) {
      if (knownDigest !== undefined) return { pollAfterSeconds };
      throw new DeviceError('response_invalid', 'the server says that nothing changed to a device that has nothing');
    }
    const serverTime = Date.parse(response.headers.get('date') ?? '') || undefined;
    return { pollAfterSeconds, serverTime, manifest: { bytes: await readBytes(response, MAX_MANIFEST_BYTES, signal) } };
  }

  /** Opens a blob from a byte on; the server may send it whole (status 200) all the same. */
  openBlob(digest: Digest, offset: number, signal?: AbortSignal): Promise<Response> {
    const range: Record<string, string> = offset > 0 ? { range: `bytes=${offset}-`, 'if-range': `"${digest}"` } : {};
    return this.send({
      url: this.options.server + DEVICE_PATHS.getBlob.replace('{digest}', digest),
      // Bytes are counted and resumed as they lie in the blob, so they must not be compressed on the way.
      headers: { 'accept-encoding': 'identity', ...range },
      timeoutMs: TIMEOUT_MS,
      signal,
    });
  }

  /** Delivers reports. @returns the highest sequence number that the server has of this device */
  async report(reports: readonly Report[], signal?: AbortSignal): Promise<number> {
    const response = await this.send({
      url: this.options.server + DEVICE_PATHS.report,
      method: 'POST',
      json: { reports },
      timeoutMs: TIMEOUT_MS,
      signal,
    });
    const parsed = reportsResponseShape.safeParse(await readJson(response, MAX_ANSWER_BYTES, signal));
    if (!parsed.success) throw new DeviceError('response_invalid', 'no acknowledgement', { cause: parsed.error });
    return parsed.data.acceptedThrough;
  }

  private async send(request: HttpRequest): Promise<Response> {
    const { credentials, fetch } = this.options;
    const attempt = (credential: string): Promise<Response> =>
      sendRequest(fetch, { ...request, headers: { ...request.headers, authorization: `Bearer ${credential}` } });
    try {
      return await attempt(await credentials.current(request.signal));
    } catch (error) {
      if (!(error instanceof ServerError) || !RENEWABLE.includes(error.code)) throw error;
      return attempt(await credentials.renew(request.signal));
    }
  }
}

function pollAfterOf(response: Response): number {
  const seconds = Number(response.headers.get(POLL_AFTER_HEADER) ?? NaN);
  return seconds >= 1 ? Math.min(seconds, MAX_POLL_AFTER_SECONDS) : DEFAULT_POLL_AFTER_SECONDS;
}
