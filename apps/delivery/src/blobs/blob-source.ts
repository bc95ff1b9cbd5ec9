import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import { Inject, Injectable } from '@nestjs/common';
import type { Digest } from '@kernelcast/contracts';
import { blobKey, OBJECT_STORE, readBlob, StorageError } from '@kernelcast/storage';
import type { ByteRange, ObjectStore, OpenObject } from '@kernelcast/storage';
import { BLOB_OPTIONS } from './blob-options.js';
import type { BlobOptions } from './blob-options.js';
import { BlobCache } from './blob-cache.js';

/** Blobs remembered as intact; one that is forgotten is read through once more. */
const MOST_VERIFIED = 10_000;

/**
 * Where bytes of blobs come from: small ones from memory, large ones from the store. Nothing is given before its digest
 * was checked since it was last written; what is not intact is never given.
 */
@Injectable()
export class BlobSource {
  private readonly cache: BlobCache;
  /** Revisions that were found intact. */
  private readonly verified = new Map<Digest, string>();
  private readonly verifying = new Map<Digest, Promise<string>>();

  constructor(
    @Inject(OBJECT_STORE) private readonly store: ObjectStore,
    @Inject(BLOB_OPTIONS) private readonly options: BlobOptions,
  ) {
    const read = (digest: Digest, size: number) => this.readWhole(digest, size);
    this.cache = new BlobCache({ capacityBytes: options.cacheBytes, read });
  }

  get cachedBytes(): number {
    return this.cache.bytes;
  }

  /** Whether blobs of this size are given from memory. */
  isSmall(size: number): boolean {
    return size <= this.options.cachedBlobBytes && size <= this.options.cacheBytes;
  }

  /** A small blob when it is in memory already. */
  ready(digest: Digest): Buffer | undefined {
    return this.cache.get(digest);
  }

  /** A small blob. @throws StorageError, `object_corrupt` when the stored bytes are others */
  load(digest: Digest, size: number): Promise<Buffer> {
    return this.cache.load(digest, size);
  }

  /** A large blob, or a part of it. @throws StorageError, `object_corrupt` when the stored bytes are others */
  async open(digest: Digest, size: number, range: ByteRange): Promise<Readable> {
    const opened = await this.store.open(blobKey(digest), range);
    try {
      assertSize(opened, digest, size);
      const intact = this.verified.get(digest) ?? (await this.verify(digest, size));
      if (intact === opened.revision || (await this.verify(digest, size)) === opened.revision) return opened.stream;
      throw new StorageError('object_corrupt', `${digest} is being written anew.`);
    } catch (error) {
      opened.stream.destroy();
      throw error;
    }
  }

  private async readWhole(digest: Digest, size: number): Promise<Buffer> {
    const bytes = Buffer.from(await readBlob(this.store, digest, size));
    if (bytes.length !== size) throw wrongSize(digest, size, bytes.length);
    return bytes;
  }

  /** Reads a large blob through once for all that ask. @returns the revision that is intact */
  private verify(digest: Digest, size: number): Promise<string> {
    const running = this.verifying.get(digest);
    if (running !== undefined) return running;
    const started = this.readThrough(digest, size).finally(() => this.verifying.delete(digest));
    this.verifying.set(digest, started);
    return started;
  }

  private async readThrough(digest: Digest, size: number): Promise<string> {
    const opened = await this.store.open(blobKey(digest));
    const hash = createHash('sha256');
    for await (const chunk of opened.stream as AsyncIterable<Buffer>) hash.update(chunk);
    assertSize(opened, digest, size);
    if (`sha256:${hash.digest('hex')}` !== digest) {
      throw new StorageError('object_corrupt', `The bytes of ${digest} are not intact.`);
    }
    if (this.verified.size >= MOST_VERIFIED) this.verified.clear();
    this.verified.set(digest, opened.revision);
    return opened.revision;
  }
}

function assertSize({ size }: OpenObject, digest: Digest, expected: number): void {
  if (size !== expected) throw wrongSize(digest, expected, size);
}

function wrongSize(digest: Digest, expected: number, size: number): StorageError {
  return new StorageError('object_corrupt', `${digest} has ${size} bytes in the store instead of ${expected}.`);
}
