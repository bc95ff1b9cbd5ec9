import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Readable } from 'node:stream';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { digestSchema } from '@kernelcast/contracts';
import type { Digest } from '@kernelcast/contracts';
import { AppError } from '@kernelcast/platform';
import { OBJECT_STORE, StorageError } from '@kernelcast/storage';
import type { ObjectStore } from '@kernelcast/storage';
import { FleetState } from '../fleet/fleet-state.js';
import type { KnownDevice } from '../fleet/fleet-state.js';
import { answerBlob } from './blob-answer.js';
import { BlobMetrics } from './blob-metrics.js';
import { BLOB_OPTIONS } from './blob-options.js';
import type { BlobOptions } from './blob-options.js';
import { BlobRedirects } from './blob-redirects.js';
import { BlobSource } from './blob-source.js';
import { NamedBlobs } from './named-blobs.js';
import { sendStream } from './send-stream.js';

/** Downloads from the store at once: each holds a file or connection and some 256 kB of memory. */
const MOST_STREAMS = 512;
const BUSY_SECONDS = 5;
/** Damage is mended by people, who need longer. */
const DAMAGED_SECONDS = 60;

/** A request for a blob, and where its answer goes. */
export interface BlobRequest {
  readonly device: KnownDevice;
  readonly digest: Digest;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** Counts bytes that are to be sent; negative ones were not after all. @throws AppError `too_many_requests` */
  readonly take: (bytes: number) => void;
  /** Called once the answer is certain, before its first byte. */
  readonly begin: () => void;
}

/** Answers requests for blobs. */
@Injectable()
export class BlobSender {
  private readonly logger = new Logger(BlobSender.name);
  private readonly named: NamedBlobs;
  private readonly redirects: BlobRedirects;
  private streams = 0;

  constructor(
    fleet: FleetState,
    @Inject(OBJECT_STORE) store: ObjectStore,
    @Inject(BLOB_OPTIONS) private readonly options: BlobOptions,
    private readonly source: BlobSource,
    private readonly metrics: BlobMetrics,
  ) {
    this.named = new NamedBlobs(fleet);
    this.redirects = new BlobRedirects(store, options);
    metrics.watch(() => ({ cachedBytes: source.cachedBytes, streams: this.streams }));
  }

  /** Bytes of a blob that the device may have. */
  sizeOf(device: KnownDevice, digest: Digest): number | undefined {
    return this.named.sizeOf(device, digest, new Date());
  }

  /** Answers from memory, without a promise. @returns whether it did */
  sendReady(
    { device, digest, request, response }: Omit<BlobRequest, 'begin' | 'take'>,
    mayTake: (bytes: number) => boolean,
  ): boolean {
    if (this.options.redirect !== 'none') return false;
    const bytes = this.source.ready(digest);
    if (bytes === undefined || this.sizeOf(device, digest) !== bytes.length) return false;
    const { status, headers, range, length } = answerBlob(request.headers, digest, bytes.length);
    if (status === 416 || !mayTake(request.method === 'HEAD' ? 0 : length)) return false;
    response.writeHead(status, headers as string[]);
    if (length === 0 || request.method === 'HEAD') response.end();
    else response.end(length === bytes.length ? bytes : bytes.subarray(range.start, range.end + 1));
    this.metrics.sent('memory', request.method === 'HEAD' ? 0 : length);
    return true;
  }

  /** @throws AppError `blob_not_found`, `range_not_satisfiable`, `service_unavailable` */
  async send({ device, digest, request, response, begin, take }: BlobRequest): Promise<void> {
    const size = this.sizeOf(device, digest);
    if (size === undefined) throw new AppError('blob_not_found');
    const url = await this.redirects.urlOf(digest, new Date());
    if (url !== undefined) {
      begin();
      this.metrics.redirected();
      response.writeHead(307, { location: url, 'cache-control': 'private, no-store', 'content-length': 0 }).end();
      return;
    }
    const { status, headers, range, length } = answerBlob(request.headers, digest, size);
    if (status === 416) {
      response.setHeader('content-range', `bytes */${size}`);
      throw new AppError('range_not_satisfiable', `There are ${size} bytes.`);
    }
    const isEmpty = length === 0 || request.method === 'HEAD';
    take(isEmpty ? 0 : length);
    // Opened first: a failure must not go out under headers that let caches keep it for a year.
    const body = isEmpty ? undefined : await this.open(digest, size, range);
    begin();
    response.writeHead(status, headers as string[]);
    if (body === undefined) response.end();
    else if (Buffer.isBuffer(body)) response.end(body);
    else {
      const unsent = length - (await this.stream(body, response, length));
      if (unsent > 0) take(-unsent);
    }
    if (body === undefined || Buffer.isBuffer(body)) this.metrics.sent('memory', body?.length ?? 0);
  }

  private async stream(body: Readable, response: ServerResponse, length: number): Promise<number> {
    this.streams++;
    try {
      const sent = await sendStream(body, response, length);
      this.metrics.sent('store', sent);
      return sent;
    } finally {
      this.streams--;
    }
  }

  private async open(digest: Digest, size: number, range: { start: number; end: number }) {
    try {
      if (this.source.isSmall(size)) {
        return (await this.source.load(digest, size)).subarray(range.start, range.end + 1);
      }
      if (this.streams >= MOST_STREAMS) {
        throw new AppError('service_unavailable', 'Too many downloads at once.', { retryAfterSeconds: BUSY_SECONDS });
      }
      return await this.source.open(digest, size, range);
    } catch (error) {
      if (!(error instanceof StorageError) || error.retryable) throw error;
      this.metrics.damaged();
      this.logger.error(`${digest}, which manifests name, cannot be given: ${error.message}`);
      const detail = 'The store does not have this blob as it should be.';
      throw new AppError('service_unavailable', detail, { cause: error, retryAfterSeconds: DAMAGED_SECONDS });
    }
  }
}

/** The digest at the end of a blob's path; `undefined` when there is none. */
export function digestIn(url: string, prefix: string): Digest | undefined {
  if (!url.startsWith(prefix)) return undefined;
  const parsed = digestSchema.safeParse(url.slice(prefix.length));
  return parsed.success ? parsed.data : undefined;
}
