import * as tf from '@tensorflow/tfjs-core';
import { defineKernel, stockKernel, type KernelCall } from './define-kernel.js';
import type { WasmHeap } from './heap.js';

function matrices(tensor: tf.TensorInfo): number {
  return tf.util.sizeFromShape(tensor.shape.slice(0, -2));
}

/** The last two dimensions, exchanged when the operand is stored transposed. */
function rowsAndColumns(tensor: tf.TensorInfo, transposed: boolean): [number, number] {
  const [rows = 1, columns = 1] = tensor.shape.slice(-2);
  return transposed ? [columns, rows] : [rows, columns];
}

function single({ heap, input, attrs }: KernelCall): tf.TensorInfo {
  const a = input('a');
  const b = input('b');
  const transposeA = attrs['transposeA'] === true;
  const transposeB = attrs['transposeB'] === true;
  const [rows, depth] = rowsAndColumns(a, transposeA);
  const [inner, columns] = rowsAndColumns(b, transposeB);
  tf.util.assert(
    depth === inner,
    () => `matMul: inner sizes ${depth} and ${inner} of [${a.shape}] and [${b.shape}] differ`,
  );
  const outer = tf.broadcast_util.assertAndGetBroadcastShape(a.shape.slice(0, -2), b.shape.slice(0, -2));
  const y = heap.output([...outer, rows, columns]);
  const scratch = heap.scratch(heap.kernels.matMulScratch(rows, depth, columns));
  heap.kernels.matMul(
    heap.offset(a),
    heap.offset(b),
    heap.offset(y),
    rows,
    depth,
    columns,
    Number(transposeA),
    Number(transposeB),
    scratch,
  );
  return y;
}

/** The stock fused kernel ignores a transposed operand when there is a bias, so operands are transposed beforehand. */
function registerFusedMatMul(heap: WasmHeap): void {
  const stock = stockKernel(tf._FusedMatMul).kernelFunc;
  const transpose = stockKernel(tf.Transpose).kernelFunc;
  defineKernel(heap, tf._FusedMatMul, ({ inputs, attrs }) => {
    const temporary: tf.TensorInfo[] = [];
    const upright = (name: string, flag: unknown) => {
      const tensor = inputs[name];
      if (flag !== true || tensor === undefined) return tensor;
      const perm = tensor.shape.map((_, axis) => axis);
      perm.push(...perm.splice(-2).reverse());
      const result = transpose({ inputs: { x: tensor }, attrs: { perm }, backend: heap.backend }) as tf.TensorInfo;
      temporary.push(result);
      return result;
    };
    const [a, b] = [upright('a', attrs['transposeA']), upright('b', attrs['transposeB'])];
    const plain = { ...attrs, transposeA: false, transposeB: false };
    const y = stock({ inputs: { ...inputs, a, b }, attrs: plain, backend: heap.backend });
    temporary.forEach((tensor) => heap.backend.disposeData(tensor.dataId));
    return y;
  });
}

/**
 * Product of two matrices. The stock kernel packs `b` anew for every new tensor and sends transposed operands to a
 * scalar loop; batches of several matrices are left to it.
 */
export function registerMatMul(heap: WasmHeap): void {
  const stock = stockKernel(tf.BatchMatMul).kernelFunc;
  registerFusedMatMul(heap);
  defineKernel(heap, tf.BatchMatMul, (call) => {
    const a = call.input('a');
    const b = call.input('b');
    const ours = matrices(a) === 1 && matrices(b) === 1 && a.dtype === 'float32' && b.dtype === 'float32';
    return ours ? single(call) : stock({ inputs: { a, b }, attrs: call.attrs, backend: heap.backend });
  });
}
