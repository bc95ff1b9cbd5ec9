import type { Digest } from '@kernelcast/artifact';
import { MANIFEST_TYPE } from '@kernelcast/contracts';
import type { FlattenedJws, Manifest, ManifestSlot, Report, TrustRoot } from '@kernelcast/contracts';
import {
  generateSigningKey,
  importSigner,
  signJws,
  signManifest,
  signStatement,
  verifyChallenge,
} from '@kernelcast/trust';
import type { Signer, StatementClaims } from '@kernelcast/trust';
import type { Fetch } from '../client/http.js';
import type { TestModulator } from './modulators.js';

export const DEVICE_ID = 'dev_01J9Z3K2Q4R5S6T7V8W9X0Y1Z2';
const GROUP_ID = 'grp_01JGFJJZ00A6Y8T7B3V5S2Q1M4';
export const SERVER = 'http://delivery.test';
export const NOW = new Date('2026-03-01T12:00:00Z');
const DAY_MS = 86_400_000;

export interface FakeRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Headers;
  readonly json: unknown;
}

export interface Publication {
  slots: readonly {
    slot?: string;
    modulator: TestModulator;
    changes?: Partial<ManifestSlot>;
    claims?: Partial<StatementClaims>;
  }[];
  version?: number;
  changes?: Partial<Manifest>;
  manifestSigner?: Signer;
  statementSigner?: Signer;
}

const problem = (status: number, code: string, headers: Record<string, string> = {}): Response =>
  Response.json(
    { type: 'about:blank', title: code, status, detail: `detail of ${code}`, code, requestId: 'r' },
    { status, headers },
  );

const whole = (blob: Uint8Array): Response =>
  new Response(blob.slice(), { headers: { 'content-length': String(blob.byteLength) } });

/** The delivery service as a device sees it, in memory, with every answer open to be replaced. */
export class FakeDelivery {
  readonly requests: FakeRequest[] = [];
  readonly blobs = new Map<Digest, Uint8Array>();
  readonly reports: Report[] = [];
  acceptedThrough = 0;
  manifest: FlattenedJws | undefined;
  credential = 'credential-1';
  revoked = false;
  /** Gives an answer in the server's place, when it wants to. */
  intercept: (request: FakeRequest, init?: RequestInit) => Response | undefined | Promise<Response | undefined> = () =>
    undefined;
  private devicePublicKey = '';
  private version = 0;

  private constructor(
    readonly root: TrustRoot,
    readonly releaseKey: Signer,
    readonly manifestKey: Signer,
    readonly strangerKey: Signer,
  ) {}

  static async start(): Promise<FakeDelivery> {
    const keys = await Promise.all([0, 1, 2].map(() => generateSigningKey()));
    const [release, manifest, stranger] = await Promise.all(keys.map((key) => importSigner(key)));
    if (!release || !manifest || !stranger) throw new Error('no keys');
    const root: TrustRoot = {
      keys: keys
        .slice(0, 2)
        .map(({ kid, publicKey }, i) => ({ kid, publicKey, role: i === 0 ? 'release' : 'manifest' })),
    };
    return new FakeDelivery(root, release, manifest, stranger);
  }

  /** Signs and offers a manifest, and the blobs it names. */
  async publish(publication: Publication): Promise<FlattenedJws> {
    this.version = publication.version ?? this.version + 1;
    const { slots, changes, manifestSigner = this.manifestKey } = publication;
    for (const { modulator } of slots) this.blobs.set(modulator.digest, modulator.bytes);
    const [first] = slots;
    const manifest: Manifest = {
      type: MANIFEST_TYPE,
      group: GROUP_ID,
      cohort: 'coh_1',
      version: this.version,
      issuedAt: NOW.toISOString(),
      expiresAt: new Date(NOW.getTime() + 7 * DAY_MS).toISOString(),
      base: { digest: first?.modulator.baseDigest ?? `sha256:${'0'.repeat(64)}` },
      slots: await Promise.all(slots.map((slot) => this.toSlot(slot, publication))),
      ...changes,
    };
    this.manifest = await signManifest(manifest, manifestSigner);
    return this.manifest;
  }

  /** Signs with the manifest key whatever it is. */
  signAnything(payload: object): Promise<FlattenedJws> {
    return signJws(payload, this.manifestKey, MANIFEST_TYPE);
  }

  private async toSlot(
    { slot, modulator, changes, claims }: Publication['slots'][number],
    { statementSigner = this.releaseKey }: Publication,
  ): Promise<ManifestSlot> {
    const { digest, baseDigest, task, version, labelsDigest } = modulator;
    const stated = { modulatorDigest: digest, baseDigest, task, version, ...claims };
    return {
      slot: slot ?? task,
      task,
      modulatorVersion: version,
      digest,
      size: modulator.bytes.byteLength,
      encoding: 'f16',
      labelsDigest,
      statement: await signStatement(stated, statementSigner),
      deltas: [],
      ...changes,
    };
  }

  readonly fetch: Fetch = async (url, init = {}) => {
    const { pathname, search } = new URL(url);
    const request: FakeRequest = {
      method: init.method ?? 'GET',
      path: pathname + search,
      headers: new Headers(init.headers),
      json: typeof init.body === 'string' ? JSON.parse(init.body) : undefined,
    };
    this.requests.push(request);
    return (await this.intercept(request, init)) ?? this.answer(request);
  };

  /** How often something was asked for. */
  count(path: string): number {
    return this.requests.filter((request) => request.path.startsWith(`/device/v1/${path}`)).length;
  }

  private answer(request: FakeRequest): Response | Promise<Response> {
    const path = request.path.replace(/^\/device\/v1\//, '').replace(/\?.*/, '');
    if (path === 'enrol') return this.enrol(request.json as { enrolmentToken: string; publicKey: string });
    if (path === 'nonce') return Response.json({ nonce: 'nonce-1', expiresAt: this.inDays(1) }, { status: 201 });
    if (path === 'credential') return this.renew(request.json as { nonce: string; signature: string });
    if (this.revoked) return problem(401, 'credential_revoked');
    if (request.headers.get('authorization') !== `Bearer ${this.credential}`) return problem(401, 'credential_expired');
    if (path === 'manifest') return this.answerManifest(request);
    if (path === 'reports') return this.acceptReports((request.json as { reports: Report[] }).reports);
    return this.answerBlob(path.replace('blobs/', '') as Digest, request);
  }

  private inDays(days: number): string {
    return new Date(NOW.getTime() + days * DAY_MS).toISOString();
  }

  private enrol({ enrolmentToken, publicKey }: { enrolmentToken: string; publicKey: string }): Response {
    if (enrolmentToken !== 'good') return problem(401, 'enrolment_token_invalid');
    this.devicePublicKey = publicKey;
    const credential = { credential: this.credential, credentialExpiresAt: this.inDays(7) };
    return Response.json(
      { deviceId: DEVICE_ID, groupId: GROUP_ID, ...credential, trustRoot: this.root },
      { status: 201 },
    );
  }

  private async renew({ nonce, signature }: { nonce: string; signature: string }): Promise<Response> {
    if (this.revoked) return problem(401, 'credential_revoked');
    const genuine = await verifyChallenge({ deviceId: DEVICE_ID, nonce }, signature, this.devicePublicKey);
    if (nonce !== 'nonce-1' || !genuine) return problem(401, 'signature_invalid');
    return Response.json({ credential: this.credential, credentialExpiresAt: this.inDays(7) });
  }

  private async answerManifest({ headers }: FakeRequest): Promise<Response> {
    const { manifest } = this;
    if (!manifest) return problem(503, 'service_unavailable', { 'retry-after': '7' });
    const hash = await crypto.subtle.digest('SHA-256', Buffer.from(manifest.payload, 'base64url'));
    const etag = `"sha256:${Buffer.from(hash).toString('hex')}"`;
    const answer = { etag, 'kernelcast-poll-after': '60' };
    if (headers.get('if-none-match') === etag) return new Response(null, { status: 304, headers: answer });
    return Response.json(manifest, { headers: answer });
  }

  private answerBlob(digest: Digest, { headers }: FakeRequest): Response {
    const blob = this.blobs.get(digest);
    if (!blob) return problem(404, 'blob_not_found');
    const start = Number(/^bytes=(\d+)-$/.exec(headers.get('range') ?? '')?.[1] ?? 0);
    if (start === 0 || headers.get('if-range') !== `"${digest}"`) return whole(blob);
    if (start >= blob.byteLength) return problem(416, 'range_not_satisfiable');
    const range = `bytes ${start}-${blob.byteLength - 1}/${blob.byteLength}`;
    return new Response(blob.slice(start), { status: 206, headers: { 'content-range': range } });
  }

  private acceptReports(reports: readonly Report[]): Response {
    for (const report of reports) {
      if (report.seq <= this.acceptedThrough) continue;
      this.acceptedThrough = report.seq;
      this.reports.push(report);
    }
    return Response.json({ acceptedThrough: this.acceptedThrough });
  }
}
