import * as tf from '@tensorflow/tfjs-core';
import { SPREAD_ROWS } from '../ops/kernel-names.js';
import { rowsOf } from '../ops/spread-rows.js';
import { defineKernel, stockKernel, type KernelCall } from './define-kernel.js';
import type { WasmHeap } from './heap.js';

/** Replaces a stock reduction, which transposes whatever is not reduced along its last axes. */
function registerReduction(heap: WasmHeap, kernelName: string, scaleOf: (count: number) => number): void {
  const stock = stockKernel(kernelName).kernelFunc;
  defineKernel(heap, kernelName, ({ inputs, attrs, input }) => {
    const x = input('x');
    const axes = tf.util.parseAxisParam(attrs['axis'] as number[], x.shape);
    const rows = x.dtype === 'float32' ? rowsOf(x.shape, axes) : undefined;
    if (rows === undefined) return stock({ inputs, attrs, backend: heap.backend });
    const { outer, count, inner } = rows;
    const [shape] = tf.backend_util.computeOutAndReduceShapes(x.shape, axes);
    const kept = attrs['keepDims'] === true ? tf.backend_util.expandShapeToKeepDim(shape, axes) : shape;
    const y = heap.output(kept);
    heap.kernels.sumRows(heap.offset(x), heap.offset(y), outer, count, inner, scaleOf(count));
    return y;
  });
}

function spreadRows({ heap, input, attrs }: KernelCall): tf.TensorInfo {
  const shape = attrs['shape'] as number[];
  const { outer, count, inner } = attrs['rows'] as unknown as { outer: number; count: number; inner: number };
  const x = heap.output(shape);
  const scale = attrs['scale'] as number;
  heap.kernels.spreadRows(heap.offset(input('y')), heap.offset(x), outer, count, inner, scale);
  return x;
}

/** Sums and means over neighbouring axes, and what spreads their gradient over the terms again. */
export function registerReductions(heap: WasmHeap): void {
  registerReduction(heap, tf.Sum, () => 1);
  registerReduction(heap, tf.Mean, (count) => 1 / count);
  defineKernel(heap, SPREAD_ROWS, spreadRows);
}
