import * as tf from '@tensorflow/tfjs-core';
import { activationGradient } from '../ops/add-activate.js';
import type { Activation } from '../ops/activation.js';

/**
 * The gradient's mask comes from the output, which the next layer keeps alive anyway; tfjs' own gradient keeps the
 * input and takes three passes.
 */
function gradientOf(kernelName: string, activation: Activation): tf.GradConfig {
  return {
    kernelName,
    outputsToSave: [true],
    gradFunc: (dys, saved) => ({ x: () => activationGradient(saved[0] as tf.Tensor, dys as tf.Tensor, activation) }),
  };
}

/** Replaces tfjs' gradients of `relu` and `relu6`. */
export function registerActivationGradients(): void {
  tf.registerGradient(gradientOf(tf.Relu, 'relu'));
  tf.registerGradient(gradientOf(tf.Relu6, 'relu6'));
}
