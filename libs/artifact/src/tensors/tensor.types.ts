/** Element types of safetensors that we read, with their size in bytes. Others have no use in a ConvNet's weights. */
export const DTYPE_BYTES = { F64: 8, I64: 8, F32: 4, I32: 4, F16: 2, BF16: 2, I16: 2, I8: 1, U8: 1, BOOL: 1 } as const;

export type Dtype = keyof typeof DTYPE_BYTES;

/** A tensor as it lies in a file: little-endian elements in row-major order. */
export interface NamedTensor {
  dtype: Dtype;
  shape: number[];
  data: Uint8Array;
}

/** A tensor to compute with: row-major, single precision. The currency for weights and modulators everywhere. */
export interface FloatTensor {
  shape: number[];
  data: Float32Array;
}

export type WeightMap = ReadonlyMap<string, FloatTensor>;

/** How a file keeps real numbers that are not quantised. */
export type FloatEncoding = 'f32' | 'f16';

/** Number of elements of a shape; 1 for a scalar's empty shape. */
export function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}
