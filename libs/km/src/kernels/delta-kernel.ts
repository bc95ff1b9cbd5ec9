import * as tf from '@tensorflow/tfjs-core';

/**
 * `W + A·B` on the backend, in the shape of W `[..., o]`, for A `[o, r]` and B `[r, weights of an output]`;
 * differentiable in A and B. The kernel's last axis counts its outputs (of a depthwise kernel the last two), so the
 * product, transposed, lies in memory as the kernel does.
 */
export function deltaKernel(kernel: tf.Tensor, a: tf.Tensor2D, b: tf.Tensor2D): tf.Tensor {
  return tf.add(kernel, tf.reshape(tf.matMul(b, a, true, true), kernel.shape));
}
