import { ArtifactError, quote } from '../artifact.error.js';
import { fromFloat32, toFloat32, toFloatTensor } from '../tensors/float-tensors.js';
import { dequantiseInt8, quantiseInt8 } from '../tensors/int8.js';
import type { FloatTensor, NamedTensor, WeightMap } from '../tensors/tensor.types.js';
import { GOLDEN_LOGITS, HEAD_BIAS, HEAD_KERNEL, INT8_SCALES } from './modulator.types.js';
import type { ModulatorEncoding } from './modulator.types.js';

/** Small, and added to activations directly: 8 bits would save little and cost accuracy. */
const HALF_PRECISION_ROLES = new Set(['scale', 'shift', 'bias']);

type StorageType = 'F32' | 'F16' | 'I8';

/** The element type that an encoding gives a tensor; by its name alone, so that a reader can insist on it. */
function storageType(name: string, encoding: ModulatorEncoding): StorageType {
  // The golden logits judge the run time, so their own rounding must not be part of the difference.
  if (encoding === 'f32' || name === GOLDEN_LOGITS) return 'F32';
  const role = name.slice(name.lastIndexOf('/') + 1);
  return encoding === 'f16' || HALF_PRECISION_ROLES.has(role) ? 'F16' : 'I8';
}

/** The tensors of a file, with the scales of the 8-bit ones as one more tensor. */
export function packTensors(tensors: WeightMap, encoding: ModulatorEncoding): Map<string, NamedTensor> {
  if (tensors.has(INT8_SCALES)) throw new ArtifactError(`${INT8_SCALES} is a reserved name`);
  const packed = new Map<string, NamedTensor>();
  const scales: number[] = [];
  for (const [name, tensor] of sortedByName(tensors)) {
    const type = storageType(name, encoding);
    if (type === 'I8') {
      const quantised = quantiseInt8(tensor);
      packed.set(name, quantised.tensor);
      scales.push(quantised.scale);
    } else {
      packed.set(name, fromFloat32(tensor.data, tensor.shape, type === 'F32' ? 'f32' : 'f16'));
    }
  }
  if (scales.length > 0) packed.set(INT8_SCALES, fromFloat32(Float32Array.from(scales), [scales.length], 'f16'));
  return packed;
}

/** @throws ArtifactError when a tensor has another element type than the encoding gives it, or scales do not match. */
export function unpackTensors(
  packed: ReadonlyMap<string, NamedTensor>,
  encoding: ModulatorEncoding,
): Map<string, FloatTensor> {
  const scales = readScales(packed);
  const tensors = new Map<string, FloatTensor>();
  let used = 0;
  for (const [name, tensor] of sortedByName(packed)) {
    if (name === INT8_SCALES) continue;
    if (tensor.dtype !== storageType(name, encoding)) {
      throw new ArtifactError(`${quote(name)} is ${tensor.dtype}, which encoding ${encoding} does not give it`);
    }
    const unpacked = tensor.dtype === 'I8' ? dequantiseInt8(tensor, scales[used++] ?? NaN) : toFloatTensor(tensor);
    tensors.set(name, unpacked);
  }
  if (used !== scales.length) throw new ArtifactError(`${used} 8-bit tensors, but ${scales.length} scales`);
  return tensors;
}

/**
 * What a device will see of tensors sent in an encoding. Golden logits must be computed from these, and accuracy
 * measured on these, as rounding is part of the modulator.
 */
export function roundToEncoding(tensors: WeightMap, encoding: ModulatorEncoding): Map<string, FloatTensor> {
  return unpackTensors(packTensors(tensors, encoding), encoding);
}

/** @throws ArtifactError unless head and golden logits are there and agree with the number of classes. */
export function assertClassifier(tensors: WeightMap, classes: number): void {
  assertShapeOf(tensors, HEAD_KERNEL, [undefined, classes]);
  assertShapeOf(tensors, HEAD_BIAS, [classes]);
  assertShapeOf(tensors, GOLDEN_LOGITS, [undefined, classes]);
}

function assertShapeOf(tensors: WeightMap, name: string, expected: readonly (number | undefined)[]): void {
  const shape = tensors.get(name)?.shape;
  if (shape === undefined) throw new ArtifactError(`${name} is missing`);
  const fits = shape.length === expected.length && shape.every((n, i) => n > 0 && n === (expected[i] ?? n));
  if (!fits) throw new ArtifactError(`${name} has shape [${shape.join(', ')}], which does not fit the labels`);
}

function readScales(packed: ReadonlyMap<string, NamedTensor>): Float32Array {
  const stored = packed.get(INT8_SCALES);
  if (stored === undefined) return new Float32Array();
  if (stored.dtype !== 'F16' || stored.shape.length !== 1) throw new ArtifactError(`${INT8_SCALES} is not F16 [n]`);
  const scales = toFloat32(stored);
  if (scales.some((scale) => scale < 0)) throw new ArtifactError(`${INT8_SCALES} has a negative scale`);
  return scales;
}

function sortedByName<T>(map: ReadonlyMap<string, T>): [string, T][] {
  return [...map].sort(([a], [b]) => (a < b ? -1 : 1));
}
