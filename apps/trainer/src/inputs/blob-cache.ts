import { createHash, randomUUID } from 'node:crypto';
import { constants, createWriteStream } from 'node:fs';
import { copyFile, link, mkdir, rename, rm, utimes } from 'node:fs/promises';
import path from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Digest } from '@kernelcast/contracts';
import { blobKey, type ObjectStore } from '@kernelcast/storage';
import { evict } from './evict.js';

/** The object store gave other bytes than the digest names. */
export class BlobCorruptError extends Error {
  readonly code = 'blob_corrupt';

  constructor(expected: Digest, actual: Digest) {
    super(`The object store holds ${actual} under the name of ${expected}`);
    this.name = 'BlobCorruptError';
  }
}

/** File systems without hard links say so in one of these ways. */
const NO_LINKS: readonly unknown[] = ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK', 'EXDEV'];

const codeOf = (error: unknown): unknown => (error as NodeJS.ErrnoException | undefined)?.code;

/**
 * Local copies of blobs, by digest. A file under its final name is whole, checked and on the disk, so it is used as
 * it is from then on; trainers may share the folder.
 *
 * Whoever uses a blob gets a hard link of its own to it. The number of links thus tells every trainer that shares the
 * folder what is in use, and a borrowed file stays whatever becomes of the cache.
 */
export class BlobCache {
  private readonly arriving = new Map<Digest, Promise<void>>();
  private readonly folder: string;

  /** @param maxBytes - the least recently used blobs go when all together have more; those in use stay */
  constructor(
    cacheDir: string,
    private readonly store: ObjectStore,
    private readonly maxBytes: number,
  ) {
    this.folder = path.join(cacheDir, 'blobs');
  }

  /**
   * Puts the blob under `file`, which the borrower removes when it is done; fetches it first when it is not here.
   * Concurrent calls for one digest share one download.
   * @returns `file`
   * @throws {BlobCorruptError}, and `StorageError` as the store throws it.
   */
  async borrow(digest: Digest, file: string): Promise<string> {
    const cached = path.join(this.folder, digest.replace(':', '-'));
    // Between arrival and use another trainer may clear it away; it is then fetched again.
    while (!(await lend(cached, file))) await this.fetch(digest, cached);
    return file;
  }

  private async fetch(digest: Digest, cached: string): Promise<void> {
    const pending = this.arriving.get(digest) ?? this.download(digest, cached);
    this.arriving.set(digest, pending);
    try {
      await pending;
    } finally {
      this.arriving.delete(digest);
    }
  }

  private async download(digest: Digest, cached: string): Promise<void> {
    await mkdir(this.folder, { recursive: true });
    const temporary = `${cached}.${randomUUID()}.tmp`;
    try {
      const { stream, size } = await this.store.open(blobKey(digest));
      await evict(this.folder, this.maxBytes - size);
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
      await rename(temporary, cached);
    } finally {
      await rm(temporary, { force: true });
    }
  }
}

/** Links a cached file under another name and marks it as used now; `false` when it is not there. */
async function lend(cached: string, file: string): Promise<boolean> {
  try {
    await link(cached, file).catch(async (error: unknown) => {
      if (codeOf(error) === 'EEXIST') return;
      if (!NO_LINKS.includes(codeOf(error))) throw error;
      await copyFile(cached, file, constants.COPYFILE_FICLONE);
    });
    const now = new Date();
    // Whoever removed it meanwhile removed a name; the link is whole.
    await utimes(cached, now, now).catch(() => undefined);
    return true;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false;
    throw error;
  }
}
