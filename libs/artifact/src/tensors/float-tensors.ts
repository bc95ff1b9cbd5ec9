import { ArtifactError } from '../artifact.error.js';
import { decodeF16, encodeF16 } from './f16.js';
import { DTYPE_BYTES, elementCount } from './tensor.types.js';
import type { Dtype, FloatEncoding, FloatTensor, NamedTensor } from './tensor.types.js';

type ElementReader = (view: DataView, offset: number) => number;

const READERS: Record<Dtype, ElementReader> = {
  F64: (view, offset) => view.getFloat64(offset, true),
  I64: (view, offset) => Number(view.getBigInt64(offset, true)),
  F32: (view, offset) => view.getFloat32(offset, true),
  I32: (view, offset) => view.getInt32(offset, true),
  F16: (view, offset) => decodeF16(view.getUint16(offset, true)),
  BF16: (view, offset) => bfloat16(view.getUint16(offset, true)),
  I16: (view, offset) => view.getInt16(offset, true),
  I8: (view, offset) => view.getInt8(offset),
  U8: (view, offset) => view.getUint8(offset),
  BOOL: (view, offset) => view.getUint8(offset),
};

/**
 * The elements of a stored tensor in single precision, as a new array.
 *
 * @throws ArtifactError when an element is not finite, or the data does not have the length its shape asks for.
 */
export function toFloat32(tensor: NamedTensor): Float32Array {
  const { dtype, shape, data } = tensor;
  const size = DTYPE_BYTES[dtype];
  const count = elementCount(shape);
  if (data.byteLength !== count * size) {
    throw new ArtifactError(`${data.byteLength} bytes do not hold [${shape.join(', ')}] elements of ${dtype}`);
  }
  const read = READERS[dtype];
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const values = new Float32Array(count);
  for (let i = 0; i < count; i++) values[i] = read(view, i * size);
  assertFinite(values);
  return values;
}

/**
 * A tensor ready for a file, in single precision (exact) or half precision (round to nearest, ties to even).
 *
 * @throws ArtifactError when the shape does not fit the data, or an element is not finite in the chosen encoding.
 */
export function fromFloat32(data: Float32Array, shape: readonly number[], encoding: FloatEncoding): NamedTensor {
  assertShape(data, shape);
  const size = encoding === 'f32' ? DTYPE_BYTES.F32 : DTYPE_BYTES.F16;
  const bytes = new Uint8Array(data.length * size);
  const view = new DataView(bytes.buffer);
  if (encoding === 'f32') {
    assertFinite(data);
    data.forEach((value, i) => view.setFloat32(i * size, value, true));
  } else {
    data.forEach((value, i) => view.setUint16(i * size, finiteF16(value), true));
  }
  return { dtype: encoding === 'f32' ? 'F32' : 'F16', shape: [...shape], data: bytes };
}

/** @throws ArtifactError unless the shape has as many elements as the data. */
export function assertShape(data: Float32Array, shape: readonly number[]): void {
  if (!shape.every((size) => Number.isSafeInteger(size) && size >= 0) || elementCount(shape) !== data.length) {
    throw new ArtifactError(`shape [${shape.join(', ')}] does not hold ${data.length} elements`);
  }
}

/** @throws ArtifactError at the first element that is NaN or infinite. */
export function assertFinite(values: Float32Array): void {
  const at = values.findIndex((value) => !Number.isFinite(value));
  if (at >= 0) throw new ArtifactError(`element ${at} is ${values[at]}, not a finite number`);
}

/** A file tensor as a tensor to compute with. @throws ArtifactError as {@link toFloat32} does. */
export function toFloatTensor(tensor: NamedTensor): FloatTensor {
  return { shape: [...tensor.shape], data: toFloat32(tensor) };
}

function finiteF16(value: number): number {
  const bits = encodeF16(value);
  if ((bits & 0x7c00) === 0x7c00) throw new ArtifactError(`${value} is not a finite number in half precision`);
  return bits;
}

const scratch = new DataView(new ArrayBuffer(4));

/** bfloat16 is the upper half of a single-precision number. */
function bfloat16(bits: number): number {
  scratch.setUint32(0, (bits << 16) >>> 0);
  return scratch.getFloat32(0);
}
