import * as tf from '@tensorflow/tfjs-core';
import { ACTIVATION_CODE, type Activation } from '../ops/activation.js';
import { ACTIVATION_GRADIENT, ADD_ACTIVATE } from '../ops/kernel-names.js';
import { defineKernel, type KernelCall } from './define-kernel.js';
import type { WasmHeap } from './heap.js';

function activationCode(attrs: tf.NamedAttrMap): number {
  return ACTIVATION_CODE[attrs['activation'] as Activation];
}

function addActivate({ heap, input, attrs }: KernelCall): tf.TensorInfo {
  const a = input('a');
  const y = heap.output(a.shape);
  const size = tf.util.sizeFromShape(a.shape);
  heap.kernels.addActivate(heap.offset(a), heap.offset(input('b')), heap.offset(y), size, activationCode(attrs));
  return y;
}

function activationGradient({ heap, input, attrs }: KernelCall): tf.TensorInfo {
  const value = input('value');
  const dx = heap.output(value.shape);
  const size = tf.util.sizeFromShape(value.shape);
  const code = activationCode(attrs);
  heap.kernels.activationGradient(heap.offset(value), heap.offset(input('dy')), heap.offset(dx), size, code);
  return dx;
}

/** The stock kernel copies, and every tensor saved for a gradient passes through it; a second reference does. */
function identity({ heap, input }: KernelCall): tf.TensorInfo {
  const { dataId, shape, dtype } = input('x');
  heap.backend.incRef(dataId);
  return { dataId, shape, dtype };
}

export function registerElementwise(heap: WasmHeap): void {
  defineKernel(heap, tf.Identity, identity);
  defineKernel(heap, ADD_ACTIVATE, addActivate);
  defineKernel(heap, ACTIVATION_GRADIENT, activationGradient);
}
