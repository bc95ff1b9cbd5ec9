import { ArtifactError, quote } from '../artifact.error.js';
import type { NamedTensor } from '../tensors/tensor.types.js';
import { parseHeader } from './parse-header.js';
import type { TensorEntry } from './parse-header.js';
import { DEFAULT_SAFETENSORS_LIMITS, LENGTH_PREFIX_BYTES } from './safetensors.limits.js';
import type { SafetensorsLimits } from './safetensors.limits.js';

export interface SafetensorsFile {
  metadata: Record<string, string>;
  tensors: Map<string, NamedTensor>;
}

/**
 * Reads a safetensors file as hostile input. The tensors' data are views of the given bytes: nothing is copied, and
 * work and memory are bounded by the header's cap. Values are not looked at; `toFloat32` refuses non-finite ones.
 *
 * @throws ArtifactError for a header beyond the limits, duplicate names, offsets that overlap, leave holes or do not
 *   end exactly at the end of the file, and anything else the format does not allow.
 */
export function parseSafetensors(bytes: Uint8Array, limits: Partial<SafetensorsLimits> = {}): SafetensorsFile {
  const caps = { ...DEFAULT_SAFETENSORS_LIMITS, ...limits };
  const headerBytes = readHeaderLength(bytes, caps);
  const start = LENGTH_PREFIX_BYTES + headerBytes;
  const { metadata, entries } = parseHeader(decodeText(bytes.subarray(LENGTH_PREFIX_BYTES, start)), caps);
  const data = bytes.subarray(start);
  assertContiguous(entries, data.byteLength);
  const tensors = new Map(
    entries.map(({ name, dtype, shape, begin, end }) => [name, { dtype, shape, data: data.subarray(begin, end) }]),
  );
  return { metadata, tensors };
}

function readHeaderLength(bytes: Uint8Array, limits: SafetensorsLimits): number {
  if (bytes.byteLength < LENGTH_PREFIX_BYTES) throw new ArtifactError('shorter than the header length prefix');
  const view = new DataView(bytes.buffer, bytes.byteOffset, LENGTH_PREFIX_BYTES);
  const length = view.getBigUint64(0, true);
  if (length > BigInt(limits.maxHeaderBytes)) {
    throw new ArtifactError(`a header of ${length} bytes exceeds the limit of ${limits.maxHeaderBytes}`);
  }
  if (length > BigInt(bytes.byteLength - LENGTH_PREFIX_BYTES)) throw new ArtifactError('the header is cut off');
  return Number(length);
}

function decodeText(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new ArtifactError('the header is not UTF-8', { cause });
  }
}

/** Every byte after the header belongs to exactly one tensor: no second meaning and no hidden content. */
function assertContiguous(entries: readonly TensorEntry[], dataBytes: number): void {
  let covered = 0;
  for (const { name, begin, end } of [...entries].sort((a, b) => a.begin - b.begin || a.end - b.end)) {
    if (begin !== covered) throw new ArtifactError(`${quote(name)} starts at ${begin}, not at ${covered}`);
    covered = end;
  }
  if (covered !== dataBytes) throw new ArtifactError(`${dataBytes} bytes of data, tensors cover ${covered}`);
}
