import { createHash, randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Digest } from '@kernelcast/contracts';
import { AppError } from '@kernelcast/platform';
import { OBJECT_STORE, type ObjectStore } from '@kernelcast/storage';
import { Inject, Injectable } from '@nestjs/common';
import { DATASET_LIMITS } from '../dataset-limits.js';
import { cutParts } from './cut-parts.js';
import { DatasetUploadsRepository, type UploadPart, type UploadRecord } from './dataset-uploads.repository.js';
import { UPLOAD_LIMITS } from './upload-limits.js';

export interface Received {
  /** Where the upload ends now. */
  readonly offset: number;
  /** Why the stream broke off, if it did. */
  readonly fault?: Error;
  /** Of the bytes that this stream brought. */
  readonly digest: Digest;
}

/** Keeps the bytes of uploads as objects of a bounded size, and puts them together again. */
@Injectable()
export class UploadParts {
  constructor(
    private readonly uploads: DatasetUploadsRepository,
    @Inject(OBJECT_STORE) private readonly store: ObjectStore,
  ) {}

  /**
   * Appends a stream to an upload. What arrives is kept part by part, also when the stream breaks off; no more than one
   * part is in memory.
   *
   * @throws AppError `upload_offset_mismatch` when another request appends too, `body_too_large` when more comes than
   *   the upload has room for, `conflict` when it came in too many parts
   */
  async append(upload: UploadRecord, source: Readable): Promise<Received> {
    const limit = upload.size ?? DATASET_LIMITS.archiveBytes;
    const hash = createHash('sha256');
    let { offset, parts } = upload;
    const end = await cutParts(source, UPLOAD_LIMITS, async (bytes) => {
      if (offset + bytes.length > limit)
        throw new AppError('body_too_large', `The upload has more than ${limit} bytes`);
      if (++parts > UPLOAD_LIMITS.parts) throw new AppError('conflict', 'The upload came in too many small parts');
      await this.keep(upload.id, offset, bytes);
      hash.update(bytes);
      offset += bytes.length;
    });
    return { ...end, offset, digest: `sha256:${hash.digest('hex')}` };
  }

  /**
   * Writes all parts, in their order, to a local file.
   * @returns digest and size of the whole
   * @throws StorageError when a part is gone or the store is away
   */
  async assemble(uploadId: string, file: string, signal: AbortSignal): Promise<{ digest: Digest; size: number }> {
    const parts = await this.uploads.listParts(uploadId);
    const hash = createHash('sha256');
    let size = 0;
    const read = async function* (store: ObjectStore) {
      for (const part of parts) {
        const bytes = await store.read(part.key, UPLOAD_LIMITS.partBytes);
        hash.update(bytes);
        size += bytes.length;
        yield bytes;
      }
    };
    await pipeline(Readable.from(read(this.store), { objectMode: false }), createWriteStream(file), { signal });
    return { digest: `sha256:${hash.digest('hex')}`, size };
  }

  /** Removes the objects, then the rows that name them: a fault in between leaves rows, by which it is tried again. */
  async remove(uploadId: string): Promise<void> {
    for (const { key } of await this.uploads.listParts(uploadId)) await this.store.delete(key);
    await this.uploads.deleteParts(uploadId);
  }

  private async keep(uploadId: string, start: number, bytes: Buffer): Promise<void> {
    // A name of its own: of two requests that append at once one loses, and must not have touched the other's object.
    const part: UploadPart = { start, size: bytes.length, key: `uploads/${uploadId}.${start}.${randomUUID()}` };
    await this.store.put(part.key, bytes);
    // When this fails the object stays: the row may have been written all the same, and only the answer was lost.
    if (await this.uploads.addPart(uploadId, part)) return;
    await this.store.delete(part.key);
    throw new AppError('upload_offset_mismatch', `The upload does not end at ${start} any more`);
  }
}
