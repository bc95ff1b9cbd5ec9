import { createHash, randomUUID } from 'node:crypto';
import { PassThrough, Transform, type Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Digest } from '@kernelcast/contracts';
import type { ObjectStore } from '../object-store.js';
import { tooLarge } from '../read-stream.js';
import { StorageError } from '../storage.errors.js';

const PREFIX = 'sha256:';

/** Key of a blob: `blobs/sha256/ab/abcd…`. The two digits keep folders of a local store small. */
export const blobKey = (digest: Digest): string => {
  const hex = digest.slice(PREFIX.length);
  return `blobs/sha256/${hex.slice(0, 2)}/${hex}`;
};

const toDigest = (hex: string): Digest => `${PREFIX}${hex}`;

const digestOf = (bytes: Uint8Array): Digest => toDigest(createHash('sha256').update(bytes).digest('hex'));

/** Stores bytes under their own digest. Bytes that are there already are not written again. */
export const putBlob = async (store: ObjectStore, bytes: Uint8Array): Promise<Digest> => {
  const digest = digestOf(bytes);
  const key = blobKey(digest);
  await store.announce?.(digest);
  if ((await store.stat(key))?.size !== bytes.length) await store.put(key, bytes);
  return digest;
};

/**
 * Reads a blob into memory and checks that it still is what its name says.
 * @throws StorageError `object_not_found`, `object_too_large`, `object_corrupt`
 */
export const readBlob = async (store: ObjectStore, digest: Digest, limitBytes: number): Promise<Uint8Array> => {
  const bytes = await store.read(blobKey(digest), limitBytes);
  if (digestOf(bytes) !== digest) throw new StorageError('object_corrupt', `The bytes of ${digest} are not intact.`);
  return bytes;
};

export interface StoredBlob {
  readonly digest: Digest;
  readonly size: number;
}

/**
 * Stores a stream under the digest of its bytes. The bytes go to a temporary object first, since the digest is known
 * only at the end; a stream that fails or grows past `limitBytes` leaves nothing behind.
 * @throws StorageError `object_too_large`; errors of the stream as they are
 */
export const putBlobStream = async (
  store: ObjectStore,
  source: Readable,
  { limitBytes }: { readonly limitBytes: number },
): Promise<StoredBlob> => {
  const incoming = `incoming/${randomUUID()}`;
  const hash = createHash('sha256');
  let size = 0;
  const meter = new Transform({
    transform(chunk: Uint8Array, _encoding, done) {
      size += chunk.length;
      if (size > limitBytes) return done(tooLarge(limitBytes));
      hash.update(chunk);
      done(null, chunk);
    },
  });
  const body = new PassThrough();
  const upload = store.put(incoming, body).catch((error: Error) => {
    // Nobody reads on: without this the source would wait for ever.
    body.destroy(error);
    throw error;
  });
  const [piped, stored] = await Promise.allSettled([pipeline(source, meter, body), upload]);
  // A fault of the source reaches the upload as it is, so the upload's reason is the first one in every case.
  const failed = [stored, piped].find((result) => result.status === 'rejected');
  if (failed) {
    await store.delete(incoming).catch(() => undefined);
    throw failed.reason;
  }
  const digest = toDigest(hash.digest('hex'));
  await store.announce?.(digest);
  const known = await store.stat(blobKey(digest));
  if (known?.size === size) await store.delete(incoming);
  else await store.move(incoming, blobKey(digest));
  return { digest, size };
};
