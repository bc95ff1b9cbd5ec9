import { parseSafetensors } from '../safetensors/parse-safetensors.js';
import type { NamedTensor } from '../tensors/tensor.types.js';
import { DeltaError } from './delta.error.js';
import { readHead, writeHead } from './delta-head.js';
import { DELTA_HEAD_BYTES, MAX_DELTA_BYTES, MAX_DELTA_HEADER_BYTES } from './delta.types.js';
import type { DeltaEnds } from './delta.types.js';
import { HeaderCoder } from './header-coder.js';
import { RangeDecoder, RangeEncoder } from './range-coder.js';
import { TensorCoder } from './tensor-coder.js';

/** A safetensors file cut at the end of its header. */
interface Layout {
  readonly header: Uint8Array;
  /** Names and tensors in the order of their bytes, which leave no holes. */
  readonly tensors: readonly (readonly [string, NamedTensor])[];
}

/**
 * What turns one modulator's bytes into another's. Equal files give equal bytes. Layout and a worked example:
 * docs/formats/delta.md.
 *
 * @throws DeltaError `delta_unsuitable` when the files differ in names, shapes or element types of tensors, or either
 *   is too large; ArtifactError when one is no safetensors file
 */
export function encodeDelta(before: Uint8Array, after: Uint8Array, ends: DeltaEnds): Uint8Array {
  const [from, to] = [layoutOf(before), layoutOf(after)];
  assertAlike(from, to);
  const headerBytes = to.header.byteLength;
  const head = writeHead({ ...ends, fromSize: before.byteLength, toSize: after.byteLength, headerBytes });
  const coder = new RangeEncoder();
  new HeaderCoder().write(coder, from.header, to.header);
  const elements = new TensorCoder();
  to.tensors.forEach(([, { data }], i) => {
    const old = from.tensors[i]?.[1];
    if (old !== undefined) elements.code(coder, old, data.slice());
  });
  const body = coder.finish();
  const delta = new Uint8Array(head.byteLength + body.byteLength);
  delta.set(head);
  delta.set(body, head.byteLength);
  return delta;
}

/**
 * Applies a delta, as hostile input, to the bytes that it is of. Work and memory are bounded by the size of the old
 * file and of its header's limit; the caller verifies the result's digest before anything else.
 *
 * @param before - verified bytes of `ends.from`
 * @throws DeltaError `delta_invalid` when it is of other files, breaks off, goes on, or does not add up
 */
export function applyDelta(before: Uint8Array, delta: Uint8Array, ends: DeltaEnds): Uint8Array {
  if (delta.byteLength > MAX_DELTA_BYTES) throw new DeltaError('delta_invalid', 'longer than any modulator');
  const head = readHead(delta);
  if (head.from !== ends.from || head.to !== ends.to || head.fromSize !== before.byteLength) {
    throw new DeltaError('delta_invalid', 'it is of other files');
  }
  const { header, tensors } = layoutOf(before);
  const dataBytes = before.byteLength - header.byteLength;
  if (head.headerBytes > MAX_DELTA_HEADER_BYTES || head.toSize !== head.headerBytes + dataBytes) {
    throw new DeltaError('delta_invalid', 'its sizes do not add up');
  }
  const coder = new RangeDecoder(delta.subarray(DELTA_HEAD_BYTES));
  const after = new Uint8Array(head.toSize);
  after.set(new HeaderCoder().read(coder, header, head.headerBytes));
  const elements = new TensorCoder();
  let offset = head.headerBytes;
  for (const [, tensor] of tensors) {
    const end = offset + tensor.data.byteLength;
    elements.code(coder, tensor, after.subarray(offset, end));
    offset = end;
  }
  coder.finish();
  return after;
}

function layoutOf(bytes: Uint8Array): Layout {
  const tensors = [...parseSafetensors(bytes).tensors].sort(([, a], [, b]) => a.data.byteOffset - b.data.byteOffset);
  const dataBytes = tensors.reduce((sum, [, { data }]) => sum + data.byteLength, 0);
  return { header: bytes.subarray(0, bytes.byteLength - dataBytes), tensors };
}

function assertAlike(from: Layout, to: Layout): void {
  if (Math.max(from.header.byteLength, to.header.byteLength) > MAX_DELTA_HEADER_BYTES) {
    throw new DeltaError('delta_unsuitable', `a header of more than ${MAX_DELTA_HEADER_BYTES} bytes`);
  }
  const signature = ({ tensors }: Layout): string =>
    JSON.stringify(tensors.map(([name, { dtype, shape }]) => [name, dtype, shape]));
  if (signature(from) !== signature(to)) throw new DeltaError('delta_unsuitable', 'the tensors are not alike');
}
