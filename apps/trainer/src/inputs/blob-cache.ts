import { createHash, randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { access, mkdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Digest } from '@kernelcast/contracts';
import { blobKey, type ObjectStore } from '@kernelcast/storage';

/** The object store gave other bytes than the digest names. */
export class BlobCorruptError extends Error {
  readonly code = 'blob_corrupt';

  constructor(expected: Digest, actual: Digest) {
    super(`The object store holds ${actual} under the name of ${expected}`);
    this.name = 'BlobCorruptError';
  }
}

/**
 * Local copies of blobs, by digest. A file under its final name is whole, checked and on the disk, so it is used as
 * it is from then on; trainers may share the folder.
 */
export class BlobCache {
  private readonly arriving = new Map<Digest, Promise<string>>();
  private readonly folder: string;

  constructor(
    cacheDir: string,
    private readonly store: ObjectStore,
  ) {
    this.folder = path.join(cacheDir, 'blobs');
  }

  /**
   * Path of the local copy; fetches it first when there is none. Concurrent calls for one digest share one download.
   * @throws {BlobCorruptError}, and `StorageError` as the store throws it.
   */
  async fetch(digest: Digest): Promise<string> {
    const file = path.join(this.folder, digest.replace(':', '-'));
    if (await exists(file)) return file;
    const pending = this.arriving.get(digest) ?? this.download(digest, file);
    this.arriving.set(digest, pending);
    try {
      return await pending;
    } finally {
      this.arriving.delete(digest);
    }
  }

  private async download(digest: Digest, file: string): Promise<string> {
    await mkdir(this.folder, { recursive: true });
    const temporary = `${file}.${randomUUID()}.tmp`;
    try {
      const { stream } = await this.store.open(blobKey(digest));
      const hash = createHash('sha256');
      const hashing = new Transform({
        transform(chunk: Uint8Array, _encoding, done) {
          hash.update(chunk);
          done(null, chunk);
        },
      });
      // Flushed before the rename: a power cut must not leave an empty file under a name that promises content.
      await pipeline(stream, hashing, createWriteStream(temporary, { flush: true }));
      const actual: Digest = `sha256:${hash.digest('hex')}`;
      if (actual !== digest) throw new BlobCorruptError(digest, actual);
      await rename(temporary, file);
      return file;
    } finally {
      await rm(temporary, { force: true });
    }
  }
}

const exists = (file: string): Promise<boolean> =>
  access(file).then(
    () => true,
    () => false,
  );
