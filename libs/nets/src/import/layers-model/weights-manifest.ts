import { ArtifactError, elementCount, toFloat32 } from '@kernelcast/artifact';
import type { Dtype, FloatTensor } from '@kernelcast/artifact';
import { BaseNetworkError } from '../../base/base-network.error.js';
import type { BaseNetworkErrorOptions } from '../../base/base-network.error.js';
import { LAYERS_MODEL_LIMITS } from './layers-model.schema.js';
import type { WeightEntry, WeightGroup } from './layers-model.schema.js';

/** Bytes of the files that a manifest names, by its paths. */
export type Shards = ReadonlyMap<string, Uint8Array>;

interface Storage {
  readonly bytes: number;
  readonly decode: (data: Uint8Array, entry: WeightEntry) => Float32Array;
}

const FLOAT_BYTES = 4;
const STORAGES: Readonly<Record<'float32' | 'float16' | 'uint8' | 'uint16', Storage>> = {
  float32: { bytes: FLOAT_BYTES, decode: (data, entry) => readFloats(data, entry, 'F32') },
  float16: { bytes: 2, decode: (data, entry) => readFloats(data, entry, 'F16') },
  uint8: { bytes: 1, decode: (data, entry) => dequantise(entry, data.length, (at) => data[at] ?? 0) },
  uint16: { bytes: 2, decode: readUint16 },
};

/**
 * All weights of a manifest in single precision, by name: float32, float16, or 8 or 16 bits with a scale and a
 * minimum (`value = scale · q + min`, as tfjs computes it).
 * @throws {BaseNetworkError} when a shard is missing or too many, sizes do not fit exactly, a name comes twice, or a
 * value is not finite.
 */
export function decodeWeightsManifest(groups: readonly WeightGroup[], shards: Shards): Map<string, FloatTensor> {
  checkLimits(groups, shards);
  const weights = new Map<string, FloatTensor>();
  for (const { paths, weights: entries } of groups) {
    const data = concatenate(paths, shards);
    let offset = 0;
    for (const entry of entries) {
      if (weights.has(entry.name)) fail(`'${entry.name}' comes twice`);
      const end = offset + elementCount(entry.shape) * storageOf(entry).bytes;
      if (end > data.length) {
        const reason = `'${entry.name}' ends at byte ${end} of ${data.length}`;
        fail(reason, { fault: 'wrong_shard_size', subject: paths.at(-1) });
      }
      const values = storageOf(entry).decode(data.subarray(offset, end), entry);
      if (!values.every((value) => Number.isFinite(value))) {
        fail(`'${entry.name}' holds a value that is not finite`, { fault: 'not_finite', subject: entry.name });
      }
      weights.set(entry.name, { shape: entry.shape, data: values });
      offset = end;
    }
    if (offset !== data.length) {
      const reason = `${data.length} bytes in '${paths.join("', '")}', of which ${offset} have a use`;
      fail(reason, { fault: 'wrong_shard_size', subject: paths.at(-1) });
    }
  }
  return weights;
}

function checkLimits(groups: readonly WeightGroup[], shards: Shards): void {
  const entries = groups.flatMap(({ weights }) => weights);
  if (entries.length > LAYERS_MODEL_LIMITS.weights) fail(`${entries.length} weights`, { fault: 'too_large' });
  const decoded = entries.reduce((sum, { shape }) => sum + elementCount(shape) * FLOAT_BYTES, 0);
  const stored = [...shards.values()].reduce((sum, { byteLength }) => sum + byteLength, 0);
  const most = Math.max(decoded, stored);
  if (most > LAYERS_MODEL_LIMITS.weightBytes) {
    fail(`${most} bytes, more than ${LAYERS_MODEL_LIMITS.weightBytes}`, { fault: 'too_large' });
  }
  const paths = groups.flatMap((group) => group.paths);
  if (new Set(paths).size !== paths.length) fail('a shard is named twice');
  const stranger = [...shards.keys()].find((path) => !paths.includes(path));
  if (stranger !== undefined) {
    fail(`the manifest names no shard '${stranger}'`, { fault: 'unknown_shard', subject: stranger });
  }
}

function concatenate(paths: readonly string[], shards: Shards): Uint8Array {
  const parts = paths.map(
    (path) => shards.get(path) ?? fail(`shard '${path}' is missing`, { fault: 'missing_shard', subject: path }),
  );
  const [only] = parts;
  if (only !== undefined && parts.length === 1) return only;
  const data = new Uint8Array(parts.reduce((sum, { byteLength }) => sum + byteLength, 0));
  let offset = 0;
  for (const part of parts) {
    data.set(part, offset);
    offset += part.byteLength;
  }
  return data;
}

function storageOf({ quantization }: WeightEntry): Storage {
  return STORAGES[quantization?.dtype ?? 'float32'];
}

function readFloats(data: Uint8Array, { name, shape }: WeightEntry, dtype: Dtype): Float32Array {
  try {
    return toFloat32({ dtype, shape, data });
  } catch (cause) {
    const reason = cause instanceof ArtifactError ? cause.reason : 'unreadable';
    return fail(`'${name}': ${reason}`, { cause, fault: 'not_finite', subject: name });
  }
}

function readUint16(data: Uint8Array, entry: WeightEntry): Float32Array {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  return dequantise(entry, data.length / 2, (at) => view.getUint16(at * 2, true));
}

function dequantise({ quantization }: WeightEntry, count: number, read: (at: number) => number): Float32Array {
  const { scale, min } = { scale: 1, min: 0, ...quantization };
  return Float32Array.from({ length: count }, (_, at) => read(at) * scale + min);
}

function fail(reason: string, options?: BaseNetworkErrorOptions): never {
  throw new BaseNetworkError(`weights manifest: ${reason}`, options);
}
