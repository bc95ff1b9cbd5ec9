import { StorageError } from './storage.errors.js';

/** S3's own limit. */
const MAX_KEY_BYTES = 1024;
const SEGMENT = /^[A-Za-z0-9_][A-Za-z0-9._-]*$/;

export const isKey = (key: string): boolean =>
  key.length > 0 && key.length <= MAX_KEY_BYTES && key.split('/').every((segment) => SEGMENT.test(segment));

/**
 * Refuses keys that could mean something else to one of the stores: empty segments, `.` and `..`, a leading slash,
 * characters that file systems or URLs treat in their own ways.
 * @throws StorageError `key_invalid`
 */
export const assertKey = (key: string): void => {
  if (!isKey(key)) throw new StorageError('key_invalid', `Not an object key: ${JSON.stringify(key.slice(0, 80))}`);
};
