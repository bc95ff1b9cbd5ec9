import { ArtifactError, quote } from '../artifact.error.js';
import { DTYPE_BYTES, elementCount } from '../tensors/tensor.types.js';
import type { NamedTensor } from '../tensors/tensor.types.js';
import { DEFAULT_SAFETENSORS_LIMITS, LENGTH_PREFIX_BYTES, METADATA_KEY } from './safetensors.limits.js';

/** The data start at a multiple of this, so that a reader may map the widest elements in place. */
const ALIGNMENT = 8;

export interface SafetensorsContent {
  metadata?: Readonly<Record<string, string>>;
  tensors: ReadonlyMap<string, NamedTensor>;
}

/**
 * Writes a safetensors file; equal content gives equal bytes whatever the order of its maps. Tensors lie widest
 * element first, then by name (UTF-16 code units), which keeps each aligned to its element; the header has the same
 * order, after the metadata with sorted keys, and is padded with spaces.
 *
 * @throws ArtifactError for content that `parseSafetensors` would refuse.
 */
export function writeSafetensors({ metadata = {}, tensors }: SafetensorsContent): Uint8Array {
  const ordered = [...tensors].sort(
    ([a, x], [b, y]) => DTYPE_BYTES[y.dtype] - DTYPE_BYTES[x.dtype] || (a < b ? -1 : 1),
  );
  const { text, dataBytes } = layOut(metadata, ordered);
  const header = new TextEncoder().encode(text);
  const headerBytes = Math.ceil(header.byteLength / ALIGNMENT) * ALIGNMENT;
  assertWritable(headerBytes, ordered);

  const file = new Uint8Array(LENGTH_PREFIX_BYTES + headerBytes + dataBytes);
  new DataView(file.buffer).setBigUint64(0, BigInt(headerBytes), true);
  file.set(header, LENGTH_PREFIX_BYTES);
  file.fill(0x20, LENGTH_PREFIX_BYTES + header.byteLength, LENGTH_PREFIX_BYTES + headerBytes);
  let at = LENGTH_PREFIX_BYTES + headerBytes;
  for (const [, { data }] of ordered) {
    file.set(data, at);
    at += data.byteLength;
  }
  return file;
}

/** The text is put together by hand: an object would move names that look like integers to the front. */
function layOut(metadata: Readonly<Record<string, string>>, ordered: readonly [string, NamedTensor][]) {
  const sorted = Object.entries(metadata).sort(([a], [b]) => (a < b ? -1 : 1));
  const own = sorted.map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`).join(',');
  const members = sorted.length > 0 ? [`${JSON.stringify(METADATA_KEY)}:{${own}}`] : [];
  let dataBytes = 0;
  for (const [name, { dtype, shape, data }] of ordered) {
    const entry = { dtype, shape, data_offsets: [dataBytes, dataBytes + data.byteLength] };
    members.push(`${JSON.stringify(name)}:${JSON.stringify(entry)}`);
    dataBytes += data.byteLength;
  }
  return { text: `{${members.join(',')}}`, dataBytes };
}

function assertWritable(headerBytes: number, ordered: readonly [string, NamedTensor][]): void {
  const { maxHeaderBytes, maxTensors, maxRank, maxNameLength } = DEFAULT_SAFETENSORS_LIMITS;
  if (headerBytes > maxHeaderBytes) throw new ArtifactError(`a header of ${headerBytes} bytes is too long to write`);
  if (ordered.length > maxTensors) throw new ArtifactError(`${ordered.length} tensors are too many to write`);
  for (const [name, { dtype, shape, data }] of ordered) {
    const named = name !== METADATA_KEY && name.length <= maxNameLength;
    if (!named || shape.length > maxRank) throw new ArtifactError(`${quote(name)} cannot be written`);
    const sized = shape.every((size) => Number.isSafeInteger(size) && size >= 0);
    if (!sized || data.byteLength !== elementCount(shape) * DTYPE_BYTES[dtype]) {
      throw new ArtifactError(`${quote(name)}: its data and its shape differ in size`);
    }
  }
}
