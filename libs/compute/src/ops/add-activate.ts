import * as tf from '@tensorflow/tfjs-core';
import type { Activation } from './activation.js';
import { ACTIVATION_GRADIENT, ADD_ACTIVATE } from './kernel-names.js';
import { defineComposedKernel, runKernelSingle } from './run-kernel.js';

/** `activation(x)` by tfjs' own operations; `'none'` gives the very tensor it was given. */
export function activate<T extends tf.Tensor>(x: T, activation: Activation): T {
  if (activation === 'none') return x;
  return activation === 'relu' ? tf.relu(x) : tf.relu6(x);
}

/** 1 where `activation` passes a gradient, else 0; `value` may be its input or its output. */
export function passes(value: tf.Tensor, activation: Activation): tf.Tensor {
  if (activation === 'none') return tf.onesLike(value);
  const positive = tf.step(value);
  return activation === 'relu' ? positive : tf.mul(positive, tf.step(tf.sub(6, value)));
}

defineComposedKernel(ADD_ACTIVATE, ({ a, b }, attrs) => [
  activate(tf.add(a as tf.Tensor, b as tf.Tensor), attrs['activation'] as Activation),
]);
defineComposedKernel(ACTIVATION_GRADIENT, ({ value, dy }, attrs) => [
  tf.mul(dy as tf.Tensor, passes(value as tf.Tensor, attrs['activation'] as Activation)),
]);

/** `dy` where `activation` passes, else 0; `value` is its output. All shapes equal. */
export function activationGradient(value: tf.Tensor, dy: tf.Tensor, activation: Activation): tf.Tensor {
  if (activation === 'none') return tf.clone(dy);
  return runKernelSingle(ACTIVATION_GRADIENT, { value, dy }, { activation });
}

tf.registerGradient({
  kernelName: ADD_ACTIVATE,
  outputsToSave: [true],
  gradFunc: (dys, saved, attrs) => {
    const dx = activationGradient(saved[0] as tf.Tensor, dys as tf.Tensor, attrs['activation'] as Activation);
    // Two results, since tfjs disposes of each by itself.
    return { a: () => dx, b: () => tf.clone(dx) };
  },
});

/** `activation(a + b)` of equal shapes in one pass: the end of a residual block. Differentiable. */
export function addActivate<T extends tf.Tensor>(a: T, b: T, options: { activation: Activation }): T {
  tf.util.assertShapesMatch(a.shape, b.shape, 'addActivate: ');
  return runKernelSingle(ADD_ACTIVATE, { a, b }, options) as T;
}
