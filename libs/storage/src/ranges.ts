import type { ByteRange } from './object-store.js';
import { StorageError } from './storage.errors.js';

/**
 * Cuts a range to the size of an object, as HTTP does (RFC 9110, 14.1.2): an end past the last byte means the last byte.
 * @throws StorageError `range_not_satisfiable` when the range starts past the end or is reversed
 */
export const clampRange = ({ start, end }: ByteRange, size: number): { start: number; end: number } => {
  const last = Math.min(end ?? size - 1, size - 1);
  if (!Number.isInteger(start) || start < 0 || start >= size || last < start)
    throw new StorageError('range_not_satisfiable', `No bytes ${start}-${end ?? ''} in an object of ${size} bytes.`);
  return { start, end: last };
};
