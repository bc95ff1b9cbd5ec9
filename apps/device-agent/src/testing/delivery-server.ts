import { createHash } from 'node:crypto';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  createPrng,
  digestOf,
  encodeModulator,
  GOLDEN_LOGITS,
  labelsDigest,
  roundToEncoding,
} from '@kernelcast/artifact';
import type { BundleFiles, Digest, FloatTensor } from '@kernelcast/artifact';
import { MANIFEST_TYPE } from '@kernelcast/contracts';
import type { FlattenedJws, ManifestSlot, Report, TrustRoot } from '@kernelcast/contracts';
import { goldenLogits } from '@kernelcast/km';
import type { BaseNetwork } from '@kernelcast/nets';
import { generateSigningKey, importSigner, signManifest, signStatement } from '@kernelcast/trust';
import type { Signer } from '@kernelcast/trust';

const DAY_MS = 86_400_000;
const GOLDEN_SEED = 5;
const GROUP_ID = 'grp_1';
const inDays = (days: number): string => new Date(Date.now() + days * DAY_MS).toISOString();

/** A delivery service on the loopback interface, as much of it as an agent needs. */
export class DeliveryServer {
  readonly blobs = new Map<string, Uint8Array>();
  readonly reports: Report[] = [];
  readonly enrolments: unknown[] = [];
  /** Sends devices elsewhere for blobs, as to a CDN. */
  redirectBlobs = false;
  /** `Authorization` headers that came there. */
  readonly seenElsewhere: (string | undefined)[] = [];
  /** As if it were not there. */
  refuseAll = false;
  /** Said to devices. */
  pollAfterSeconds = 60;
  /** Reports that are refused with 503 before the next is taken. */
  busy = 0;
  url = '';
  private manifest: FlattenedJws | undefined;
  private version = 0;
  private readonly server = http.createServer((request, response) => void this.answer(request, response));

  private constructor(
    private readonly root: TrustRoot,
    private readonly releaseKey: Signer,
    private readonly manifestKey: Signer,
  ) {}

  static async start(): Promise<DeliveryServer> {
    const [release, manifest] = [await generateSigningKey(), await generateSigningKey()];
    const root: TrustRoot = {
      keys: [
        { kid: release.kid, publicKey: release.publicKey, role: 'release' },
        { kid: manifest.kid, publicKey: manifest.publicKey, role: 'manifest' },
      ],
    };
    const delivery = new DeliveryServer(root, await importSigner(release), await importSigner(manifest));
    await new Promise<void>((resolve) => delivery.server.listen(0, '127.0.0.1', resolve));
    delivery.url = `http://127.0.0.1:${(delivery.server.address() as AddressInfo).port}`;
    return delivery;
  }

  /** What it offers now, as a bundle of files. */
  get offer(): BundleFiles {
    const manifest = new TextEncoder().encode(JSON.stringify(this.manifest));
    return { manifest, blobs: new Map([...this.blobs].map(([digest, bytes]) => [digest as Digest, bytes])) };
  }

  stop(): void {
    this.server.closeAllConnections();
    this.server.close();
  }

  /** Offers version 1 of tasks that only have a head of their own; with `tampered` bytes that are not the signed ones. */
  async publish(base: BaseNetwork, tasks: Record<string, string[]>, tampered?: string, days = 7): Promise<void> {
    const slots: ManifestSlot[] = [];
    for (const [task, labels] of Object.entries(tasks)) {
      const bytes = makeModulator(base, task, labels);
      const digest = await digestOf(bytes);
      this.blobs.set(digest, task === tampered ? bytes.map((byte, i) => (i === 1500 ? byte ^ 1 : byte)) : bytes);
      const claims = { modulatorDigest: digest, baseDigest: base.digest, task, version: 1 };
      slots.push({
        slot: task,
        task,
        modulatorVersion: 1,
        digest,
        size: bytes.byteLength,
        encoding: 'f16',
        labelsDigest: await labelsDigest(labels),
        statement: await signStatement(claims, this.releaseKey),
        deltas: [],
      });
    }
    const [issuedAt, expiresAt] = [inDays(days - 7), inDays(days)];
    const version = ++this.version;
    const manifest = { type: MANIFEST_TYPE, group: GROUP_ID, cohort: 'c', version, issuedAt, expiresAt, base: { digest: base.digest }, slots } as const; // prettier-ignore
    this.manifest = await signManifest(manifest, this.manifestKey);
  }

  private async answer(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    if (this.refuseAll) return void response.destroy();
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const path = (request.url ?? '').replace('/device/v1/', '').replace(/\?.*/, '');
    const json = chunks.length > 0 ? (JSON.parse(Buffer.concat(chunks).toString()) as Record<string, unknown>) : {};
    const blob = this.blobs.get(path.replace(/^(\/elsewhere\/|blobs\/)/, ''));
    if (path.startsWith('/elsewhere/')) this.seenElsewhere.push(request.headers.authorization);
    if (this.redirectBlobs && path.startsWith('blobs/')) {
      const location = `${this.url}/elsewhere/${path.replace('blobs/', '')}`;
      return void response.writeHead(307, { location }).end();
    }
    if (path === 'enrol') send(response, this.enrol(json));
    else if (path === 'manifest') this.sendManifest(request, response);
    else if (path === 'reports' && this.busy-- > 0) response.writeHead(503, { 'retry-after': '0' }).end();
    else if (path === 'reports') send(response, this.accept(json['reports'] as Report[]));
    else response.writeHead(blob ? 200 : 404, { 'content-length': blob?.length ?? 0 }).end(blob);
  }

  private sendManifest(request: http.IncomingMessage, response: http.ServerResponse): void {
    const payload = Buffer.from(this.manifest?.payload ?? '', 'base64url');
    const etag = `"sha256:${createHash('sha256').update(payload).digest('hex')}"`;
    if (request.headers['if-none-match'] !== etag) return send(response, this.manifest ?? {}, this.pollAfterSeconds);
    response.writeHead(304, { 'kernelcast-poll-after': String(this.pollAfterSeconds) }).end();
  }

  private enrol(json: unknown): object {
    this.enrolments.push(json);
    const credential = { credential: 'c', credentialExpiresAt: inDays(7) };
    const number = String(this.enrolments.length).padStart(6, '0');
    return { deviceId: `dev_01J9Z3K2Q4R5S6T7V8W9${number}`, groupId: GROUP_ID, ...credential, trustRoot: this.root };
  }

  private accept(reports: readonly Report[]): object {
    this.reports.push(...reports);
    return { acceptedThrough: reports.at(-1)?.seq ?? 0 };
  }
}

function send(response: http.ServerResponse, body: object, pollAfterSeconds = 60): void {
  const pollAfter = String(pollAfterSeconds);
  response.writeHead(200, { 'content-type': 'application/json', 'kernelcast-poll-after': pollAfter });
  response.end(JSON.stringify(body));
}

function makeModulator(base: BaseNetwork, task: string, labels: string[]): Uint8Array {
  const prng = createPrng(task.length);
  const draw = (...shape: number[]): FloatTensor => ({
    shape,
    data: Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => prng.nextNormal()),
  });
  const golden: FloatTensor = { shape: [4, labels.length], data: new Float32Array(4 * labels.length) };
  const tensors = new Map([
    ['head/kernel', draw(base.graph.featureSize, labels.length)],
    ['head/bias', draw(labels.length)],
    [GOLDEN_LOGITS, golden],
  ]);
  tensors.set(GOLDEN_LOGITS, goldenLogits(base, roundToEncoding(tensors, 'f16'), GOLDEN_SEED));
  const from = { trainedBy: 'test', seed: 1, method: 'head', plan: {}, goldenSeed: GOLDEN_SEED };
  return encodeModulator({
    formatVersion: 1,
    baseDigest: base.digest,
    task,
    labels,
    encoding: 'f16',
    ...from,
    tensors,
  });
}
