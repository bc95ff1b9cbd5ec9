import * as tf from '@tensorflow/tfjs-core';
import { MODULATE_KERNEL, MODULATE_KERNEL_BY, MODULATE_KERNEL_GRADIENT } from './kernel-names.js';
import { defineComposedKernel, runKernel, runKernelSingle } from './run-kernel.js';

/** Numbers of `a` `[o, rank]` and `b` `[rank, i]`. */
interface Factors {
  readonly a: Float32Array;
  readonly b: Float32Array;
  readonly rank: number;
}

type Inputs<Names extends string> = Record<Names, tf.Tensor>;

defineComposedKernel(MODULATE_KERNEL, (inputs) => {
  const { kernel, a, b } = inputs as Inputs<'kernel' | 'a' | 'b'>;
  return [tf.mul(kernel, tf.add(tf.matMul(b as tf.Tensor2D, a as tf.Tensor2D, true, true), 1))];
});

defineComposedKernel(MODULATE_KERNEL_BY, ({ kernel }, attrs) => {
  const { a, b, rank } = attrs as unknown as Factors;
  const [, , i = 1, o = 1] = kernel?.shape ?? [];
  return [modulateKernel(kernel as tf.Tensor4D, tf.tensor2d(a, [o, rank]), tf.tensor2d(b, [rank, i]))];
});

defineComposedKernel(MODULATE_KERNEL_GRADIENT, (inputs) => {
  const { kernel, dy, a, b } = inputs as Inputs<'kernel' | 'dy' | 'a' | 'b'>;
  // [i, o]: the gradient with respect to the factor that all taps share.
  const shared = tf.sum(tf.mul(kernel, dy), [0, 1]) as tf.Tensor2D;
  return [tf.matMul(shared, b as tf.Tensor2D, true, true), tf.matMul(a as tf.Tensor2D, shared, true, true)];
});

tf.registerGradient({
  kernelName: MODULATE_KERNEL,
  inputsToSave: ['kernel', 'a', 'b'],
  gradFunc: (dys, saved) => {
    const [kernel, a, b] = saved as [tf.Tensor, tf.Tensor, tf.Tensor];
    const dy = dys as tf.Tensor;
    const [da, db] = runKernel(MODULATE_KERNEL_GRADIENT, { kernel, dy, a, b });
    return {
      // The kernel is multiplied by what the factors make, and so is its gradient. Asked for only where it is wanted.
      kernel: () => runKernelSingle(MODULATE_KERNEL, { kernel: dy, a, b }),
      a: () => da as tf.Tensor,
      b: () => db as tf.Tensor,
    };
  },
});

/**
 * A kernel under low-rank modulation: `kernel[h, w, i, o] * (1 + sum over r of a[o, r] * b[r, i])`. Differentiable in
 * all three; a frozen kernel, of which no gradient is asked for, costs nothing on the way back.
 *
 * @param kernel `[kh, kw, i, o]`. A dense kernel is `[1, 1, i, o]`; a depthwise kernel `[kh, kw, c, m]` may be taken as
 *   `[1, 1, kh * kw, c * m]`.
 * @param a `[o, rank]`
 * @param b `[rank, i]`
 */
export function modulateKernel(kernel: tf.Tensor4D, a: tf.Tensor2D, b: tf.Tensor2D): tf.Tensor4D {
  const [, , i, o] = kernel.shape;
  tf.util.assertShapesMatch(a.shape, [o, b.shape[0]], 'modulateKernel: a ');
  tf.util.assertShapesMatch(b.shape, [a.shape[1], i], 'modulateKernel: b ');
  return runKernelSingle(MODULATE_KERNEL, { kernel, a, b }) as tf.Tensor4D;
}

/**
 * {@link modulateKernel} by plain numbers, which need not become tensors for it. Not differentiable.
 *
 * @param kernel `[kh, kw, i, o]`
 * @throws {RangeError} when `a` is not `o * rank` or `b` not `rank * i` numbers.
 */
export function modulateKernelBy(kernel: tf.Tensor4D, { a, b, rank }: Factors): tf.Tensor4D {
  const [, , i, o] = kernel.shape;
  if (a.length !== o * rank || b.length !== rank * i) {
    throw new RangeError(`${a.length} and ${b.length} numbers are no factors of rank ${rank} for [${kernel.shape}]`);
  }
  return runKernelSingle(MODULATE_KERNEL_BY, { kernel }, { a, b, rank }) as tf.Tensor4D;
}
