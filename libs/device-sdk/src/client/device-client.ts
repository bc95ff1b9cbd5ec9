import {
  credentialResponseSchema,
  deviceRoutes,
  enrolResponseSchema,
  nonceResponseSchema,
  POLL_AFTER_HEADER,
  reportsResponseSchema,
} from '@kernelcast/contracts';
import type { Digest, EnrolRequest, EnrolResponse, Report } from '@kernelcast/contracts';
import type { z } from 'zod';
import { DeviceError } from '../device.error.js';
import { readJson, send } from './http.js';
import type { Fetch } from './http.js';

const NOT_MODIFIED = 304;
const PARTIAL_CONTENT = 206;
/** How much longer than asked for a long poll may take. */
const LONG_POLL_GRACE_MS = 30_000;
const MILLISECONDS = 1_000;

export interface PollRequest {
  credential: string;
  /** Digest of the manifest the device has. */
  known: Digest | undefined;
  /** How long the server may hold the answer back until there is a change. */
  waitSeconds: number;
  signal?: AbortSignal | undefined;
}

export interface PollResult {
  /** Hostile until verified; `undefined` when nothing changed. */
  manifest: unknown;
  /** When the server wants to be asked again. */
  pollAfterSeconds: number | undefined;
}

export interface BlobRequest {
  credential: string;
  digest: Digest;
  /** First byte wanted. */
  from: number;
  signal?: AbortSignal | undefined;
}

export interface BlobResponse {
  /** First byte that comes: 0 when the server would not continue. */
  from: number;
  body: ReadableStream<Uint8Array>;
}

/** The delivery service as a device sees it. Answers are checked against the contracts. */
export class DeviceClient {
  constructor(
    private readonly server: string,
    private readonly fetcher: Fetch = (url, init) => fetch(url, init),
  ) {}

  async enrol(request: EnrolRequest): Promise<EnrolResponse> {
    return this.post(deviceRoutes.enrol.path, request, enrolResponseSchema, deviceRoutes.enrol.success.status);
  }

  async nonce(): Promise<string> {
    const { path, success } = deviceRoutes.createNonce;
    return (await this.post(path, {}, nonceResponseSchema, success.status)).nonce;
  }

  renew(request: { deviceId: string; nonce: string; signature: string }) {
    const { path, success } = deviceRoutes.renewCredential;
    return this.post(path, request, credentialResponseSchema, success.status);
  }

  async poll({ credential, known, waitSeconds, signal }: PollRequest): Promise<PollResult> {
    const wait = waitSeconds > 0 ? `?wait=${Math.floor(waitSeconds)}` : '';
    const response = await send(this.fetcher, this.url(`${deviceRoutes.getManifest.path}${wait}`), {
      method: 'GET',
      headers: { ...bearer(credential), ...(known === undefined ? {} : { 'if-none-match': `"${known}"` }) },
      accept: [deviceRoutes.getManifest.success.status, NOT_MODIFIED],
      timeoutMs: waitSeconds * MILLISECONDS + LONG_POLL_GRACE_MS,
      signal,
    });
    const pollAfter = Number(response.headers.get(POLL_AFTER_HEADER) ?? NaN);
    return {
      manifest: response.status === NOT_MODIFIED ? undefined : await readJson(response),
      pollAfterSeconds: Number.isFinite(pollAfter) && pollAfter >= 0 ? pollAfter : undefined,
    };
  }

  async blob({ credential, digest, from, signal }: BlobRequest): Promise<BlobResponse> {
    const range = from > 0 ? { range: `bytes=${from}-`, 'if-range': `"${digest}"` } : {};
    const response = await send(this.fetcher, this.url(deviceRoutes.getBlob.path.replace('{digest}', digest)), {
      method: 'GET',
      headers: { ...bearer(credential), ...range },
      accept: [deviceRoutes.getBlob.success.status, PARTIAL_CONTENT],
      signal,
    });
    if (response.body === null) throw new DeviceError('network_unreachable', 'the answer has no body');
    return { from: response.status === PARTIAL_CONTENT ? from : 0, body: response.body };
  }

  /** @returns the sequence number up to which reports may be forgotten */
  async report(credential: string, reports: readonly Report[]): Promise<number> {
    const { path, success } = deviceRoutes.report;
    const answer = await this.post(path, { reports }, reportsResponseSchema, success.status, bearer(credential));
    return answer.acceptedThrough;
  }

  private async post<T extends z.ZodType>(
    path: string,
    body: unknown,
    schema: T,
    status: number,
    headers: Record<string, string> = {},
  ): Promise<z.infer<T>> {
    const response = await send(this.fetcher, this.url(path), { method: 'POST', headers, body, accept: [status] });
    const parsed = schema.safeParse(await readJson(response));
    if (parsed.success) return parsed.data;
    throw new DeviceError('network_unreachable', `${path} answered something else`, { cause: parsed.error });
  }

  private url(path: string): string {
    return `${this.server.replace(/\/+$/, '')}${path}`;
  }
}

function bearer(credential: string): { authorization: string } {
  return { authorization: `Bearer ${credential}` };
}
