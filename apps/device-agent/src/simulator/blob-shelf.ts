import { createHash } from 'node:crypto';
import { MAX_MODULATOR_BYTES } from '@kernelcast/artifact';
import type { Digest } from '@kernelcast/contracts';
import type { DeviceApi } from './device-api.js';

export interface BlobOrder {
  readonly credential: string;
  readonly digest: Digest;
  readonly size: number;
}

/** How a slow device downloads: in ranges, waiting between them. */
export interface Pace {
  readonly chunkBytes: number;
  readonly bytesPerSecond: number;
  readonly pause: (ms: number) => Promise<void>;
}

/** A blob that came with another size or digest than the manifest states. */
class BlobTamperedError extends Error {
  readonly code = 'blob_tampered';
}

/** Downloads for devices: every byte crosses the wire for every device and is hashed; what is kept is kept once. */
export class BlobShelf {
  private readonly bytes = new Map<Digest, Buffer>();

  constructor(private readonly api: DeviceApi) {}

  /** @throws BlobTamperedError; LineError when the server does not send it */
  async download(order: BlobOrder, pace?: Pace): Promise<Buffer> {
    const { digest, size } = order;
    if (size > MAX_MODULATOR_BYTES) throw new BlobTamperedError(`${digest} is said to have ${size} bytes`);
    const body = pace ? await this.inRanges(order, pace) : await this.api.blob(order.credential, digest, size);
    const found = `sha256:${createHash('sha256').update(body).digest('hex')}`;
    if (body.byteLength !== size || found !== digest) throw new BlobTamperedError(`${digest} came as ${found}`);
    const kept = this.bytes.get(digest);
    if (kept !== undefined) return kept;
    this.bytes.set(digest, body);
    return body;
  }

  /** Bytes that some device has downloaded or made. */
  held(digest: Digest): Buffer | undefined {
    return this.bytes.get(digest);
  }

  /** Drops all blobs but those that some device may still use. */
  retain(digests: ReadonlySet<string>): void {
    for (const digest of this.bytes.keys()) if (!digests.has(digest)) this.bytes.delete(digest);
  }

  private async inRanges({ credential, digest, size }: BlobOrder, pace: Pace): Promise<Buffer> {
    const chunks: Buffer[] = [];
    for (let from = 0; from < size;) {
      const to = Math.min(from + pace.chunkBytes, size) - 1;
      const chunk = await this.api.blob(credential, digest, size, { from, to });
      if (chunk.byteLength !== to - from + 1) throw new BlobTamperedError(`${digest}: a range has another length`);
      chunks.push(chunk);
      from = to + 1;
      await pace.pause((chunk.byteLength * 1_000) / pace.bytesPerSecond);
    }
    return Buffer.concat(chunks);
  }
}
