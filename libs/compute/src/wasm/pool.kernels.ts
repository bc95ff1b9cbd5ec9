import * as tf from '@tensorflow/tfjs-core';
import { poolInfo } from '../conv/pool-info.js';
import { defineKernel, type KernelCall } from './define-kernel.js';
import type { WasmHeap } from './heap.js';

type Forward = 'maxPoolForward' | 'avgPoolForward';

function forward(kernel: Forward): (call: KernelCall) => tf.TensorInfo {
  return ({ heap, input, attrs }) => {
    const x = input('x');
    tf.util.assert(x.dtype === 'float32', () => `pooling takes float32 only, not ${x.dtype}`);
    const info = poolInfo(x.shape, attrs);
    const y = heap.output(info.outShape);
    heap.kernels[kernel](heap.geometry(info), heap.offset(x), heap.offset(y));
    return y;
  };
}

function maxGradient({ heap, input, attrs }: KernelCall): tf.TensorInfo {
  const x = input('input');
  const dx = heap.output(x.shape);
  const geometry = heap.geometry(poolInfo(x.shape, attrs));
  heap.kernels.maxPoolGradient(geometry, heap.offset(x), heap.offset(input('dy')), heap.offset(dx));
  return dx;
}

function avgGradient({ heap, input, attrs }: KernelCall): tf.TensorInfo {
  const { shape } = input('input');
  const dx = heap.output(shape);
  const geometry = heap.geometry(poolInfo(shape, attrs));
  heap.kernels.avgPoolGradient(geometry, heap.offset(input('dy')), heap.offset(dx));
  return dx;
}

/** Max and average pooling and their gradients, for any window, stride and padding. */
export function registerPool(heap: WasmHeap): void {
  defineKernel(heap, tf.MaxPool, forward('maxPoolForward'));
  defineKernel(heap, tf.AvgPool, forward('avgPoolForward'));
  defineKernel(heap, tf.MaxPoolGrad, maxGradient);
  defineKernel(heap, tf.AvgPoolGrad, avgGradient);
}
