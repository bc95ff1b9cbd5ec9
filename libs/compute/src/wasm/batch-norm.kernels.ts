import * as tf from '@tensorflow/tfjs-core';
import { ACTIVATION_CODE, type Activation } from '../ops/activation.js';
import { BATCH_NORM_TRAIN, BATCH_NORM_TRAIN_GRADIENT } from '../ops/kernel-names.js';
import { defineKernel, type KernelCall } from './define-kernel.js';
import type { WasmHeap } from './heap.js';

/** Pixels and channels of `[..., channels]`. */
function rows(x: tf.TensorInfo): [number, number] {
  const channels = x.shape[x.shape.length - 1] ?? 1;
  return [tf.util.sizeFromShape(x.shape) / channels, channels];
}

function settings(attrs: tf.NamedAttrMap): [number, number] {
  return [attrs['epsilon'] as number, ACTIVATION_CODE[attrs['activation'] as Activation]];
}

function forward({ heap, input, attrs }: KernelCall): tf.TensorInfo[] {
  const x = input('x');
  const [pixels, channels] = rows(x);
  const outputs = [heap.output(x.shape), heap.output([channels]), heap.output([channels])];
  heap.kernels.batchNormForward(
    heap.offset(x),
    heap.offset(input('gamma')),
    heap.offset(input('beta')),
    ...outputs.map((tensor) => heap.offset(tensor)),
    pixels,
    channels,
    ...settings(attrs),
    heap.scratch(heap.kernels.batchNormScratch(channels)),
  );
  return outputs;
}

function backward({ heap, input, attrs }: KernelCall): tf.TensorInfo[] {
  const x = input('x');
  const [pixels, channels] = rows(x);
  const outputs = [heap.output(x.shape), heap.output([channels]), heap.output([channels])];
  heap.kernels.batchNormBackward(
    ...[x, input('dy'), input('gamma'), input('beta'), input('mean'), input('variance'), ...outputs].map((tensor) =>
      heap.offset(tensor),
    ),
    pixels,
    channels,
    ...settings(attrs),
    heap.scratch(heap.kernels.batchNormScratch(channels)),
  );
  return outputs;
}

/** Batch normalisation with its activation, from batch statistics, and the gradient of both together. */
export function registerBatchNorm(heap: WasmHeap): void {
  defineKernel(heap, BATCH_NORM_TRAIN, forward);
  defineKernel(heap, BATCH_NORM_TRAIN_GRADIENT, backward);
}
