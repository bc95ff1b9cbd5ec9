import type { Digest } from '../digest/digest.js';
import { DeltaError } from './delta.error.js';
import { DELTA_HEAD_BYTES, DELTA_MAGIC } from './delta.types.js';
import type { DeltaHead } from './delta.types.js';

const DIGEST_BYTES = 32;
const AT = { from: 4, to: 36, fromSize: 68, toSize: 72, headerBytes: 76 } as const;

export function writeHead({ from, to, fromSize, toSize, headerBytes }: DeltaHead): Uint8Array {
  const head = new Uint8Array(DELTA_HEAD_BYTES);
  const view = new DataView(head.buffer);
  head.set(DELTA_MAGIC);
  head.set(digestBytes(from), AT.from);
  head.set(digestBytes(to), AT.to);
  view.setUint32(AT.fromSize, fromSize, true);
  view.setUint32(AT.toSize, toSize, true);
  view.setUint32(AT.headerBytes, headerBytes, true);
  return head;
}

/** @throws DeltaError `delta_invalid` for another format or another version of it */
export function readHead(delta: Uint8Array): DeltaHead {
  if (delta.byteLength < DELTA_HEAD_BYTES || DELTA_MAGIC.some((byte, i) => delta[i] !== byte)) {
    throw new DeltaError('delta_invalid', 'the bytes are not a delta of version 1');
  }
  const view = new DataView(delta.buffer, delta.byteOffset, DELTA_HEAD_BYTES);
  return {
    from: digestAt(delta, AT.from),
    to: digestAt(delta, AT.to),
    fromSize: view.getUint32(AT.fromSize, true),
    toSize: view.getUint32(AT.toSize, true),
    headerBytes: view.getUint32(AT.headerBytes, true),
  };
}

function digestBytes(digest: Digest): Uint8Array {
  const hex = digest.slice('sha256:'.length);
  return Uint8Array.from({ length: DIGEST_BYTES }, (_, i) => Number.parseInt(hex.slice(2 * i, 2 * i + 2), 16));
}

function digestAt(bytes: Uint8Array, offset: number): Digest {
  const hex = Array.from(bytes.subarray(offset, offset + DIGEST_BYTES), (byte) => byte.toString(16).padStart(2, '0'));
  return `sha256:${hex.join('')}`;
}
