import * as tf from '@tensorflow/tfjs-core';
import { modulateKernel, modulateKernelBy } from '@kernelcast/compute';
import type { ModulationSizes } from '@kernelcast/compute';
import type { FloatTensor } from '@kernelcast/artifact';
import type { KernelNode } from '@kernelcast/nets';
import { modulatorSides } from '../plan/kernel-levels.js';

/**
 * `W · (1 + A·B)` on the backend, in the shape of W, for A `[rows, r]` and B `[r, columns]`; differentiable in A and B.
 * Dense and depthwise kernels are matrices: taken as 1x1 convolutions, the modulator's sides are their channels.
 */
export function lowRankKernel(node: KernelNode, kernel: tf.Tensor, a: tf.Tensor2D, b: tf.Tensor2D): tf.Tensor {
  if (node.op === 'conv2d') return modulateKernel(kernel as tf.Tensor4D, a, b);
  const [rows, columns] = modulatorSides(node);
  return tf.reshape(modulateKernel(tf.reshape(kernel, [1, 1, columns, rows]), a, b), kernel.shape);
}

/** {@link lowRankKernel} by factors that are no tensors; not differentiable. */
export function lowRankKernelBy(node: KernelNode, kernel: tf.Tensor, a: FloatTensor, b: FloatTensor): tf.Tensor {
  const [rows, columns] = modulatorSides(node);
  const factors = { a: a.data, b: b.data, rank: b.shape[0] ?? 0 };
  if (node.op === 'conv2d') return modulateKernelBy(kernel as tf.Tensor4D, factors);
  return tf.reshape(modulateKernelBy(tf.reshape(kernel, [1, 1, columns, rows]), factors), kernel.shape);
}

/** A kernel as `lowRankKernel` takes it, for B `[r, columns]`. */
export function modulationSizes(node: KernelNode, b: FloatTensor): ModulationSizes {
  const [rows, columns] = modulatorSides(node);
  const taps = node.op === 'conv2d' ? node.kernelSize[0] * node.kernelSize[1] : 1;
  return { taps, inChannels: columns, outChannels: rows, rank: b.shape[0] ?? 0 };
}

/** `W · (1 + G)` on the backend; differentiable in G. */
export function gridKernel(kernel: tf.Tensor, grid: tf.Tensor): tf.Tensor {
  return tf.mul(kernel, tf.add(grid, 1));
}
