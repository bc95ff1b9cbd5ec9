import * as tf from '@tensorflow/tfjs-core';
import { convAttributes, convInfo, shape4 } from '../conv/conv-info.js';
import { defineKernel, type KernelCall } from './define-kernel.js';
import type { WasmHeap } from './heap.js';

function forward({ heap, input, attrs }: KernelCall): tf.TensorInfo {
  const x = input('x');
  const filter = input('filter');
  const info = convInfo(shape4(x.shape), shape4(filter.shape), convAttributes(attrs), true);
  const y = heap.output(info.outShape);
  heap.kernels.depthwiseForward(heap.geometry(info), heap.offset(x), heap.offset(filter), heap.offset(y));
  return y;
}

function inputGradient({ heap, input, attrs }: KernelCall): tf.TensorInfo {
  const dy = input('dy');
  const filter = input('filter');
  const info = convInfo(shape4(attrs['inputShape'] as number[]), shape4(filter.shape), convAttributes(attrs), true);
  const dx = heap.output(info.inShape);
  heap.kernels.depthwiseInputGradient(heap.geometry(info), heap.offset(dy), heap.offset(filter), heap.offset(dx));
  return dx;
}

function filterGradient({ heap, input, attrs }: KernelCall): tf.TensorInfo {
  const x = input('x');
  const dy = input('dy');
  const filterShape = attrs['filterShape'] as number[];
  const info = convInfo(shape4(x.shape), shape4(filterShape), convAttributes(attrs), true);
  const dw = heap.output(filterShape);
  heap.kernels.depthwiseFilterGradient(heap.geometry(info), heap.offset(x), heap.offset(dy), heap.offset(dw));
  return dw;
}

/** Depthwise convolution and both its gradients, for any stride, padding, dilation and multiplier. */
export function registerDepthwise(heap: WasmHeap): void {
  defineKernel(heap, tf.DepthwiseConv2dNative, forward);
  defineKernel(heap, tf.DepthwiseConv2dNativeBackpropInput, inputGradient);
  defineKernel(heap, tf.DepthwiseConv2dNativeBackpropFilter, filterGradient);
}
