import { credentialResponseSchema, deviceRoutes, enrolResponseSchema, nonceResponseSchema, POLL_AFTER_HEADER, reportsResponseSchema } from '@kernelcast/contracts'; // prettier-ignore
import type { Digest, EnrolResponse, Report } from '@kernelcast/contracts';
import { MAX_JWS_LENGTH, signChallenge } from '@kernelcast/trust';
import type { RemoteSigner } from '@kernelcast/trust';
import type { z } from 'zod';
import { LineError } from './http-line.js';
import type { HttpLine, LineAnswer, LineRequest } from './http-line.js';
import type { Meters, RequestKind } from './meters.js';

const MAX_MANIFEST_BYTES = MAX_JWS_LENGTH + 64 * 1024;
const MAX_ANSWER_BYTES = 256 * 1024;
const DEFAULT_POLL_AFTER_SECONDS = 300;
const MAX_POLL_AFTER_SECONDS = 86_400;
const NOT_MODIFIED = 304;
const TEMPORARY_REDIRECT = 307;

export interface EnrolmentOrder {
  readonly enrolmentToken: string;
  readonly publicKey: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly baseDigests: readonly Digest[];
  readonly runtime: string;
}

export interface Poll {
  readonly pollAfterSeconds: number;
  /** The manifest as it came; absent when nothing changed. */
  readonly body?: Buffer;
}

interface ByteRange {
  readonly from: number;
  /** The last byte, included. */
  readonly to: number;
}

type Credential = z.infer<typeof credentialResponseSchema>;

/** The requests of `/device/v1`, each timed under its kind. All throw LineError for an answer other than success. */
export class DeviceApi {
  constructor(
    private readonly line: HttpLine,
    private readonly meters: Meters,
  ) {}

  async enrol(order: EnrolmentOrder, kind: RequestKind = 'enrol'): Promise<EnrolResponse> {
    return this.post(kind, deviceRoutes.enrol.path, order, enrolResponseSchema);
  }

  async nonce(kind: RequestKind = 'renew'): Promise<string> {
    return (await this.post(kind, deviceRoutes.createNonce.path, {}, nonceResponseSchema)).nonce;
  }

  /** @param nonce one that the server gave; a replayed or invented one is an attack */
  async renew(deviceId: string, nonce: string, signer: RemoteSigner, kind: RequestKind = 'renew'): Promise<Credential> {
    const signature = await signChallenge({ deviceId, nonce }, signer);
    const path = deviceRoutes.renewCredential.path;
    return this.post(kind, path, { deviceId, nonce, signature }, credentialResponseSchema);
  }

  async poll(credential: string, known: Digest | undefined, kind: RequestKind = 'poll'): Promise<Poll> {
    const answer = await this.timed(kind, {
      path: deviceRoutes.getManifest.path,
      headers: { ...bearer(credential), ...(known !== undefined && { 'if-none-match': `"${known}"` }) },
      limit: MAX_MANIFEST_BYTES,
    });
    const pollAfterSeconds = pollAfterOf(answer);
    return answer.status === NOT_MODIFIED ? { pollAfterSeconds } : { pollAfterSeconds, body: answer.body };
  }

  /** @param limit bytes at most that the answer may have */
  async blob(credential: string, digest: Digest, limit: number, range?: ByteRange): Promise<Buffer> {
    const wanted = {
      'accept-encoding': 'identity',
      ...(range && { range: `bytes=${range.from}-${range.to}`, 'if-range': `"${digest}"` }),
    };
    const path = deviceRoutes.getBlob.path.replace('{digest}', digest);
    const answer = await this.timed('blob', { path, headers: { ...bearer(credential), ...wanted }, limit });
    const { location } = answer.headers;
    if (answer.status !== TEMPORARY_REDIRECT || location === undefined) return answer.body;
    // A CDN or an object store, which knows another ETag and must not learn the credential.
    const { 'if-range': _, ...headers } = wanted as Record<string, string>;
    return (await this.timed('blob', { path: location, headers, limit })).body;
  }

  /** @returns the highest sequence number that the server has of the device */
  async report(credential: string, reports: readonly Report[], kind: RequestKind = 'report'): Promise<number> {
    const path = deviceRoutes.report.path;
    const { acceptedThrough } = await this.post(kind, path, { reports }, reportsResponseSchema, bearer(credential));
    return acceptedThrough;
  }

  private async post<T>(
    kind: RequestKind,
    path: string,
    json: object,
    schema: z.ZodType<T>,
    headers?: Record<string, string>,
  ): Promise<T> {
    // Reports, the only ones that come with a credential, have numbers: sent twice they count once.
    const request = { path, method: 'POST', json, headers, repeatable: headers !== undefined } as const;
    const { body, status } = await this.timed(kind, { ...request, limit: MAX_ANSWER_BYTES });
    const parsed = schema.safeParse(parseJson(body));
    if (parsed.success) return parsed.data;
    throw new LineError('response_invalid', status, undefined, { cause: parsed.error });
  }

  private async timed(kind: RequestKind, request: LineRequest): Promise<LineAnswer> {
    const start = performance.now();
    try {
      return await this.line.request(request);
    } finally {
      this.meters.latencies[kind].add(performance.now() - start);
    }
  }
}

const bearer = (credential: string): Record<string, string> => ({ authorization: `Bearer ${credential}` });

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString());
  } catch {
    return undefined;
  }
}

function pollAfterOf({ headers }: LineAnswer): number {
  const seconds = Number(headers[POLL_AFTER_HEADER] ?? NaN);
  return seconds >= 1 ? Math.min(seconds, MAX_POLL_AFTER_SECONDS) : DEFAULT_POLL_AFTER_SECONDS;
}
