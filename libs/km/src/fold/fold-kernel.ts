import type { FloatTensor } from '@kernelcast/artifact';
import type { KernelNode } from '@kernelcast/nets';

// The inner loops run once per weight of the base while a device waits. Their indices are in range by construction;
// `as number` says so at no cost, where a default would be checked for each weight.

/** `W · (1 + A·B)` in a new array, for A `[rows, r]` and B `[r, columns]`. */
export function foldLowRank(node: KernelNode, kernel: FloatTensor, a: FloatTensor, b: FloatTensor): FloatTensor {
  return node.op === 'depthwiseConv2d' ? foldDepthwise(kernel, a, b) : foldDense(kernel, a, b);
}

/** `W · (1 + G)` in a new array. */
export function foldGrid(kernel: FloatTensor, grid: FloatTensor): FloatTensor {
  const data = kernel.data.map((weight, i) => weight * (1 + (grid.data[i] ?? NaN)));
  return { shape: [...kernel.shape], data };
}

/** `W + A·B` in a new array, for A `[o, r]` and B `[r, weights of an output]`. */
export function foldDelta({ shape, data: weights }: FloatTensor, a: FloatTensor, b: FloatTensor): FloatTensor {
  const outputs = a.shape[0] ?? 0;
  const addends = new Float32Array(outputs);
  const byRank = transpose(a);
  const data = new Float32Array(weights.length);
  for (let row = 0; row * outputs < data.length; row++) {
    addends.fill(0);
    addProducts(addends, byRank, b, row);
    for (let o = 0, at = row * outputs; o < outputs; o++, at++) {
      data[at] = (weights[at] as number) + (addends[o] as number);
    }
  }
  return { shape: [...shape], data };
}

/**
 * Kernels `[..., i, o]`. One row of factors `[o]` is made per input channel and used for every position of the
 * kernel, so all memory is read and written in order.
 */
function foldDense({ shape, data: weights }: FloatTensor, a: FloatTensor, b: FloatTensor): FloatTensor {
  const [inputs = 0, outputs = 0] = shape.slice(-2);
  const factors = new Float32Array(outputs);
  const byRank = transpose(a);
  const data = new Float32Array(weights.length);
  for (let i = 0; i < inputs; i++) {
    factors.fill(1);
    addProducts(factors, byRank, b, i);
    for (let row = i * outputs; row < data.length; row += inputs * outputs) {
      for (let o = 0; o < outputs; o++) data[row + o] = (weights[row + o] as number) * (factors[o] as number);
    }
  }
  return { shape: [...shape], data };
}

/** Kernels `[kh, kw, c, m]`: the factors of one position are a row `[c·m]`. */
function foldDepthwise({ shape, data: weights }: FloatTensor, a: FloatTensor, b: FloatTensor): FloatTensor {
  const channels = a.shape[0] ?? 0;
  const factors = new Float32Array(channels);
  const byRank = transpose(a);
  const data = new Float32Array(weights.length);
  for (let position = 0; position * channels < data.length; position++) {
    factors.fill(1);
    addProducts(factors, byRank, b, position);
    for (let c = 0, at = position * channels; c < channels; c++, at++) {
      data[at] = (weights[at] as number) * (factors[c] as number);
    }
  }
  return { shape: [...shape], data };
}

/** `row[o] += Σ_r A[o, r] · B[r, column]` */
function addProducts(row: Float32Array, byRank: Float32Array, b: FloatTensor, column: number): void {
  const [rank = 0, columns = 0] = b.shape;
  const rows = row.length;
  for (let r = 0; r < rank; r++) {
    const weight = b.data[r * columns + column] ?? 0;
    for (let o = 0; o < rows; o++) row[o] = (row[o] as number) + (byRank[r * rows + o] as number) * weight;
  }
}

/** `[rows, r]` as `[r, rows]`, so that the inner loop reads in order. */
function transpose({ shape, data }: FloatTensor): Float32Array {
  const [rows = 0, rank = 0] = shape;
  const result = new Float32Array(data.length);
  for (let r = 0; r < rank; r++) {
    for (let row = 0; row < rows; row++) result[r * rows + row] = data[row * rank + r] as number;
  }
  return result;
}
