import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import {
  appendToDatasetUpload,
  completeDatasetUpload,
  createDatasetUpload,
  createRegistryClient,
  getDatasetUpload,
  type GetDatasetUploadResponse,
  type RegistryClientOptions,
} from '@kernelcast/api-client';
import type { Digest } from '@kernelcast/contracts';
import type { ArchiveSource } from './archive-source.js';
import { Patience, type PatienceOptions } from './patience.js';

/** What a client sees of an upload. */
export type Upload = GetDatasetUploadResponse;

export interface UploadOptions {
  readonly registry: RegistryClientOptions;
  readonly dataset: string;
  readonly patience: PatienceOptions;
  /** Told how many bytes the server keeps. */
  readonly onProgress: (bytes: number) => void;
}

/** Bytes of one request: all that is held in memory, to be sent again after a fault. */
const CHUNK_BYTES = 4 * 1024 ** 2;
/** A request that takes longer than this over a chunk hangs. */
const REQUEST_TIMEOUT_MS = 300_000;

/**
 * Sends an archive by a resumable upload. After a lost connection it asks the server how far it came and goes on from
 * there; an unfinished upload of the same source, of this process or an earlier one, is continued.
 *
 * @returns the upload, complete; its validation goes on at the server
 * @throws ApiError when the server refuses, or cannot be reached for as long as patience lasts
 */
export const uploadArchive = async (source: ArchiveSource, options: UploadOptions): Promise<Upload> => {
  const sender = new Sender(options);
  const upload = await sender.begin(source);
  const hash = createHash('sha256');
  let start = 0;
  const input = source.open();
  for await (const chunk of chunksOf(input)) {
    hash.update(chunk);
    // A continued upload: what the server has is only read, for the digest.
    await sender.send(upload.id, chunk, start);
    start += chunk.length;
  }
  if (start !== source.size) throw new Error(`${start} bytes came of an archive of ${source.size}: files have changed`);
  return sender.complete(upload.id, `sha256:${hash.digest('hex')}`);
};

/** Pieces of `CHUNK_BYTES`, the last one smaller. */
async function* chunksOf(input: Readable): AsyncGenerator<Buffer> {
  let held: Buffer[] = [];
  let bytes = 0;
  for await (const piece of input as AsyncIterable<Buffer>) {
    for (let at = 0; at < piece.length;) {
      const part = piece.subarray(at, at + CHUNK_BYTES - bytes);
      held.push(part);
      bytes += part.length;
      at += part.length;
      if (bytes < CHUNK_BYTES) continue;
      yield Buffer.concat(held, bytes);
      [held, bytes] = [[], 0];
    }
  }
  if (bytes > 0) yield Buffer.concat(held, bytes);
}

class Sender {
  private readonly call;
  private readonly patience: Patience;
  /** Bytes that the server keeps, as far as we know. */
  private kept = 0;

  constructor(private readonly options: UploadOptions) {
    this.call = { client: createRegistryClient(options.registry), throwOnError: true as const };
    this.patience = new Patience(options.patience);
  }

  async begin({ size, fingerprint }: ArchiveSource): Promise<Upload> {
    const { dataset: id } = this.options;
    const { data } = await this.patience.run(() =>
      createDatasetUpload({ ...this.call, ...limited(), path: { id }, body: { size, fingerprint } }),
    );
    this.note(data.offset);
    return data;
  }

  /** Sends what the server has not yet of a chunk that begins at `start`. */
  async send(id: string, chunk: Buffer, start: number): Promise<void> {
    const end = start + chunk.length;
    while (this.kept < end) {
      if (this.kept < start) throw new Error(`The server lost bytes: it keeps ${this.kept} of ${start}`);
      const [offset, body] = [this.kept, chunk.subarray(this.kept - start)];
      try {
        const { data } = await this.append(id, offset, body);
        this.note(data.offset);
      } catch (error) {
        await this.patience.wait(error);
        const { data } = await this.patience.run(() => getDatasetUpload({ ...this.call, ...limited(), path: { id } }));
        this.note(data.offset);
      }
    }
  }

  async complete(id: string, digest: Digest): Promise<Upload> {
    const { data } = await this.patience.run(() =>
      completeDatasetUpload({ ...this.call, ...limited(), path: { id }, body: { digest } }),
    );
    return data;
  }

  private append(id: string, offset: number, bytes: Buffer) {
    const body = new Blob([new Uint8Array(bytes)]);
    return appendToDatasetUpload({ ...this.call, ...limited(), path: { id }, query: { offset }, body });
  }

  private note(offset: number): void {
    if (offset > this.kept) this.patience.progress();
    this.kept = offset;
    this.options.onProgress(offset);
  }
}

const limited = () => ({ signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS) });
