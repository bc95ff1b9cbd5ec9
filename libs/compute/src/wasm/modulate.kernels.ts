import type * as tf from '@tensorflow/tfjs-core';
import { MODULATE_KERNEL, MODULATE_KERNEL_GRADIENT } from '../ops/kernel-names.js';
import { defineKernel, type KernelCall } from './define-kernel.js';
import type { WasmHeap } from './heap.js';

/** taps, input channels, output channels, rank and scratch, in the order both kernels take them. */
function sizes(heap: WasmHeap, kernel: tf.TensorInfo, a: tf.TensorInfo): number[] {
  const [height = 1, width = 1, inChannels = 1, outChannels = 1] = kernel.shape;
  const rank = a.shape[1] ?? 1;
  const scratch = heap.scratch(heap.kernels.modulateScratch(inChannels, outChannels, rank));
  return [height * width, inChannels, outChannels, rank, scratch];
}

function forward({ heap, input }: KernelCall): tf.TensorInfo {
  const kernel = input('kernel');
  const a = input('a');
  const modulated = heap.output(kernel.shape);
  const pointers = [kernel, a, input('b'), modulated].map((tensor) => heap.offset(tensor));
  heap.kernels.modulateForward(...pointers, ...sizes(heap, kernel, a));
  return modulated;
}

function backward({ heap, input }: KernelCall): tf.TensorInfo[] {
  const kernel = input('kernel');
  const a = input('a');
  const b = input('b');
  const outputs = [heap.output(a.shape), heap.output(b.shape)];
  const pointers = [kernel, input('dy'), a, b, ...outputs].map((tensor) => heap.offset(tensor));
  heap.kernels.modulateBackward(...pointers, ...sizes(heap, kernel, a));
  return outputs;
}

/** Low-rank modulation of a frozen kernel, and the gradient with respect to the two factors. */
export function registerModulate(heap: WasmHeap): void {
  defineKernel(heap, MODULATE_KERNEL, forward);
  defineKernel(heap, MODULATE_KERNEL_GRADIENT, backward);
}
