import * as tf from '@tensorflow/tfjs-core';
import { ACTIVATION_CODE, type Activation } from '../ops/activation.js';
import { convAttributes, convInfo, shape4 } from '../conv/conv-info.js';
import { defineKernel, stockKernel, type KernelCall } from './define-kernel.js';
import type { WasmHeap } from './heap.js';

function forward({ heap, input, attrs }: KernelCall): tf.TensorInfo {
  const x = input('x');
  const filter = input('filter');
  const info = convInfo(shape4(x.shape), shape4(filter.shape), convAttributes(attrs), false);
  const y = heap.output(info.outShape);
  const geometry = heap.geometry(info);
  const scratch = heap.scratch(heap.kernels.convScratch(geometry, 0));
  heap.kernels.convForward(geometry, heap.offset(x), heap.offset(filter), heap.offset(y), scratch);
  return y;
}

function inputGradient({ heap, input, attrs }: KernelCall): tf.TensorInfo {
  const dy = input('dy');
  const filter = input('filter');
  const info = convInfo(shape4(attrs['inputShape'] as number[]), shape4(filter.shape), convAttributes(attrs), false);
  const dx = heap.output(info.inShape);
  const geometry = heap.geometry(info);
  const scratch = heap.scratch(heap.kernels.convScratch(geometry, 1));
  heap.kernels.convInputGradient(geometry, heap.offset(dy), heap.offset(filter), heap.offset(dx), scratch);
  return dx;
}

function filterGradient({ heap, input, attrs }: KernelCall): tf.TensorInfo {
  const x = input('x');
  const dy = input('dy');
  const info = convInfo(shape4(x.shape), shape4(attrs['filterShape'] as number[]), convAttributes(attrs), false);
  const dw = heap.output(info.filterShape);
  const geometry = heap.geometry(info);
  const scratch = heap.scratch(heap.kernels.filterGradientScratch(geometry));
  heap.kernels.convFilterGradient(geometry, heap.offset(x), heap.offset(dy), heap.offset(dw), scratch);
  return dw;
}

/**
 * The stock kernel keeps a kernel's packed form as long as its tensor lives. For an image or two that saves about a
 * quarter of the time, once the kernel is packed; for more, packing every time is paid back.
 */
const STOCK_BATCH = 2;

/** The stock kernel with its padding spelt out: it gets `same` wrong where the stride exceeds the kernel. */
function stockForward(stock: tf.KernelFunc, call: KernelCall): tf.TensorInfo {
  const { heap, inputs, attrs } = call;
  const info = convInfo(
    shape4(call.input('x').shape),
    shape4(call.input('filter').shape),
    convAttributes(attrs),
    false,
  );
  const { top, bottom, left, right } = info.padInfo;
  const pad = [
    [0, 0],
    [top, bottom],
    [left, right],
    [0, 0],
  ];
  return stock({ inputs, attrs: { ...attrs, pad }, backend: heap.backend }) as tf.TensorInfo;
}

function isLarge({ input }: KernelCall): boolean {
  const [batch = 0] = input('x').shape;
  return batch === 0 || batch > STOCK_BATCH;
}

/** The activations of tfjs' fused kernels that ours know, by tfjs' names. */
const FUSED_ACTIVATIONS: Readonly<Record<string, Activation>> = { linear: 'none', relu: 'relu', relu6: 'relu6' };

/** The activation and bias of a fused call, unless ours cannot apply them. */
function fusedTail({ inputs, attrs, input }: KernelCall): { bias: tf.TensorInfo; activation: Activation } | undefined {
  const activation = FUSED_ACTIVATIONS[String(attrs['activation'] ?? 'linear')];
  const { bias } = inputs;
  const fits = bias?.shape.length === 1 && bias.shape[0] === input('filter').shape[3];
  if (activation === undefined || !fits) return undefined;
  return { bias, activation };
}

/** Convolution, then bias and activation in one pass where the result lies. */
function registerFusedConv2d(heap: WasmHeap): void {
  const stock = stockKernel(tf.FusedConv2D).kernelFunc;
  defineKernel(heap, tf.FusedConv2D, (call) => {
    const tail = fusedTail(call);
    if (tail === undefined || !isLarge(call)) return stockForward(stock, call);
    const y = forward(call);
    const channels = y.shape[3] ?? 1;
    const pixels = tf.util.sizeFromShape(y.shape) / channels;
    heap.kernels.biasActivate(heap.offset(y), heap.offset(tail.bias), pixels, channels, ACTIVATION_CODE[tail.activation]); // prettier-ignore
    return y;
  });
}

/** Convolution and both its gradients, for any stride, padding and dilation. */
export function registerConv2d(heap: WasmHeap): void {
  const stock = stockKernel(tf.Conv2D).kernelFunc;
  defineKernel(heap, tf.Conv2D, (call) => (isLarge(call) ? forward(call) : stockForward(stock, call)));
  registerFusedConv2d(heap);
  defineKernel(heap, tf.Conv2DBackpropInput, inputGradient);
  defineKernel(heap, tf.Conv2DBackpropFilter, filterGradient);
}
