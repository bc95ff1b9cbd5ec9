import type { Readable } from 'node:stream';
import { StorageError } from './storage.errors.js';

/**
 * Collects a stream of known size. The bytes are counted as they come, so a store that sends more than it said cannot
 * fill the memory.
 */
export const readStream = async (stream: Readable, limitBytes: number): Promise<Uint8Array> => {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of stream as AsyncIterable<Uint8Array>) {
    size += chunk.length;
    if (size > limitBytes) throw tooLarge(limitBytes);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, size);
};

export const tooLarge = (limitBytes: number): StorageError =>
  new StorageError('object_too_large', `The object has more than ${limitBytes} bytes.`);
