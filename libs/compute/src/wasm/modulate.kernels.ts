import type * as tf from '@tensorflow/tfjs-core';
import { MODULATE_KERNEL, MODULATE_KERNEL_BY, MODULATE_KERNEL_GRADIENT } from '../ops/kernel-names.js';
import type { ModulationSizes } from '../ops/overwrite.js';
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

/** Bytes that keep each of several arrays in scratch memory on a cache line of its own. */
const LINE = 64;

interface PlainOperands {
  /** Byte offsets. */
  readonly kernel: number;
  readonly target: number;
  readonly a: Float32Array;
  readonly b: Float32Array;
}

/** Modulates by factors that are no tensors: they pass through scratch memory. */
export function modulateBy(heap: WasmHeap, { kernel, target, a, b }: PlainOperands, sizes: ModulationSizes): void {
  const { taps, inChannels, outChannels, rank } = sizes;
  const own = heap.kernels.modulateScratch(inChannels, outChannels, rank);
  const bytesOfA = Math.ceil(a.byteLength / LINE) * LINE;
  const scratch = heap.scratch(own + bytesOfA + b.byteLength);
  const [atA, atB] = [scratch + own, scratch + own + bytesOfA];
  heap.write(atA, a);
  heap.write(atB, b);
  heap.kernels.modulateForward(kernel, atA, atB, target, taps, inChannels, outChannels, rank, scratch);
}

/** As `forward`, with factors that are no tensors. */
function forwardBy({ heap, input, attrs }: KernelCall): tf.TensorInfo {
  const kernel = input('kernel');
  const { a, b, rank } = attrs as unknown as { a: Float32Array; b: Float32Array; rank: number };
  const [height = 1, width = 1, inChannels = 1, outChannels = 1] = kernel.shape;
  const modulated = heap.output(kernel.shape);
  const operands = { kernel: heap.offset(kernel), target: heap.offset(modulated), a, b };
  modulateBy(heap, operands, { taps: height * width, inChannels, outChannels, rank });
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
  defineKernel(heap, MODULATE_KERNEL_BY, forwardBy);
  defineKernel(heap, MODULATE_KERNEL_GRADIENT, backward);
}
