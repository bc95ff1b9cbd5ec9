import type { Digest } from '@kernelcast/contracts';

export interface BlobCacheOptions {
  readonly capacityBytes: number;
  /** Reads a blob whole, and rejects when it is not what its digest says. */
  readonly read: (digest: Digest, size: number) => Promise<Buffer>;
}

/**
 * Whole blobs in memory, the least recently used given up first. Requests that miss at once share one read. Bytes that
 * are still being sent when their blob is given up stay until that is done.
 */
export class BlobCache {
  private readonly blobs = new Map<Digest, Buffer>();
  private readonly reading = new Map<Digest, Promise<Buffer>>();
  private held = 0;

  constructor(private readonly options: BlobCacheOptions) {}

  /** Bytes held now. */
  get bytes(): number {
    return this.held;
  }

  /** The blob when it is in memory. */
  get(digest: Digest): Buffer | undefined {
    const blob = this.blobs.get(digest);
    if (blob === undefined) return undefined;
    this.blobs.delete(digest);
    this.blobs.set(digest, blob);
    return blob;
  }

  /** The blob, read now if need be. A read that failed is tried anew by the next request. */
  async load(digest: Digest, size: number): Promise<Buffer> {
    const known = this.get(digest) ?? this.reading.get(digest);
    if (known !== undefined) return known;
    const reading = this.options.read(digest, size);
    this.reading.set(digest, reading);
    try {
      const blob = await reading;
      this.keep(digest, blob);
      return blob;
    } finally {
      this.reading.delete(digest);
    }
  }

  private keep(digest: Digest, blob: Buffer): void {
    if (blob.length > this.options.capacityBytes) return;
    this.blobs.set(digest, blob);
    this.held += blob.length;
    for (const [oldest, { length }] of this.blobs) {
      if (this.held <= this.options.capacityBytes) return;
      this.blobs.delete(oldest);
      this.held -= length;
    }
  }
}
