import type { Digest } from '@kernelcast/contracts';
import { blobKey } from '@kernelcast/storage';
import { KEY_COLUMNS } from './object-columns.js';

const BLOB_KEY = /^blobs\/sha256\/[0-9a-f]{2}\/([0-9a-f]{64})$/;
/** Bytes whose digest was not known yet: whoever wrote them moves or removes them at once. */
const INCOMING = 'incoming';

/** What an object is to the database. */
export interface NamedObject {
  /** As rows name it: a digest, or a key. */
  readonly name: string;
  readonly kind: 'blob' | 'keyed' | 'incoming';
}

/** Reads a key of the object store. @returns undefined for what is none of ours */
export const nameObject = (key: string): NamedObject | undefined => {
  const [, hex] = BLOB_KEY.exec(key) ?? [];
  if (hex !== undefined) {
    const digest: Digest = `sha256:${hex}`;
    return blobKey(digest) === key ? { name: digest, kind: 'blob' } : undefined;
  }
  const [first = ''] = key.split('/');
  if (first === INCOMING) return { name: key, kind: 'incoming' };
  return Object.hasOwn(KEY_COLUMNS, first) ? { name: key, kind: 'keyed' } : undefined;
};
