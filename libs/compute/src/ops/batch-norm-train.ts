import * as tf from '@tensorflow/tfjs-core';
import type { Activation } from './activation.js';
import { activate, passes } from './add-activate.js';
import { NATIVE } from '../native/native-ops.js';
import { BATCH_NORM_TRAIN, BATCH_NORM_TRAIN_GRADIENT } from './kernel-names.js';
import { defineComposedKernel, runKernel } from './run-kernel.js';

interface BatchNormAttributes {
  /** Added to the variance. */
  readonly epsilon: number;
  /** Applied to the result. */
  readonly activation: Activation;
}

function settings(attrs: tf.NamedAttrMap): BatchNormAttributes {
  return attrs as unknown as BatchNormAttributes;
}

/** All axes but the last. */
function leadingAxes(x: tf.Tensor): number[] {
  return x.shape.slice(0, -1).map((_, axis) => axis);
}

type Inputs<Names extends string> = Record<Names, tf.Tensor>;

defineComposedKernel(BATCH_NORM_TRAIN, (inputs, attrs) => {
  const { x, gamma, beta } = inputs as Inputs<'x' | 'gamma' | 'beta'>;
  const { epsilon, activation } = settings(attrs);
  const { mean, variance } = tf.moments(x, leadingAxes(x));
  const scale = tf.mul(gamma, tf.rsqrt(tf.add(variance, epsilon)));
  const y = activate(tf.add(tf.mul(tf.sub(x, mean), scale), beta), activation);
  return [y, mean, variance];
});

defineComposedKernel(BATCH_NORM_TRAIN_GRADIENT, (inputs, attrs) => {
  const { x, dy, gamma, beta, mean, variance } = inputs as Inputs<'x' | 'dy' | 'gamma' | 'beta' | 'mean' | 'variance'>;
  const { epsilon, activation } = settings(attrs);
  const axes = leadingAxes(x);
  const pixels = x.size / gamma.size;
  const inverse = tf.rsqrt(tf.add(variance, epsilon));
  const normal = tf.mul(tf.sub(x, mean), inverse);
  const g = activation === 'none' ? dy : tf.mul(dy, passes(tf.add(tf.mul(normal, gamma), beta), activation));
  const dbeta = tf.sum(g, axes);
  const dgamma = tf.sum(tf.mul(g, normal), axes);
  const centred = tf.sub(tf.sub(g, tf.div(dbeta, pixels)), tf.mul(normal, tf.div(dgamma, pixels)));
  return [tf.mul(centred, tf.mul(gamma, inverse)), dgamma, dbeta];
});

tf.registerGradient({
  kernelName: BATCH_NORM_TRAIN,
  inputsToSave: ['x', 'gamma', 'beta'],
  outputsToSave: [false, true, true],
  gradFunc: (dys, saved, attrs) => {
    const [x, gamma, beta, mean, variance] = saved as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor];
    const [dy] = dys as [tf.Tensor];
    // Computed here and not on demand: each gradient below is asked for in a scope of its own, which would dispose
    // the others.
    const [dx, dgamma, dbeta] = runKernel(BATCH_NORM_TRAIN_GRADIENT, { x, dy, gamma, beta, mean, variance }, attrs);
    return { x: () => dx as tf.Tensor, gamma: () => dgamma as tf.Tensor, beta: () => dbeta as tf.Tensor };
  },
});

export interface BatchNormTrainResult<T extends tf.Tensor> {
  readonly y: T;
  /** The batch's mean per channel, `[c]`. No gradient flows through it. */
  readonly mean: tf.Tensor1D;
  /** The batch's biased variance per channel, `[c]`. No gradient flows through it. */
  readonly variance: tf.Tensor1D;
}

/**
 * Batch normalisation as in training (Ioffe & Szegedy 2015, arXiv 1502.03167), by the batch's own statistics, with
 * its activation: `activation(gamma * (x - mean) / sqrt(variance + epsilon) + beta)`. Differentiable in `x`, `gamma`
 * and `beta`.
 *
 * @param x `[..., c]`
 * @param gamma `[c]`
 * @param beta `[c]`
 */
export function batchNormTrain<T extends tf.Tensor>(
  x: T,
  gamma: tf.Tensor1D,
  beta: tf.Tensor1D,
  options: { epsilon: number; activation?: Activation },
): BatchNormTrainResult<T> {
  const channels = x.shape.slice(-1);
  tf.util.assertShapesMatch(channels, gamma.shape, 'batchNormTrain: gamma ');
  tf.util.assertShapesMatch(channels, beta.shape, 'batchNormTrain: beta ');
  const { epsilon, activation = 'none' } = options;
  // On the native backend the activation is an operation of its own, whose gradient keeps the output alone.
  const fused = tf.getBackend() === NATIVE ? 'none' : activation;
  const [y, mean, variance] = runKernel(BATCH_NORM_TRAIN, { x, gamma, beta }, { epsilon, activation: fused });
  const activated = fused === activation ? y : activate(y as tf.Tensor, activation);
  return { y: activated as T, mean: mean as tf.Tensor1D, variance: variance as tf.Tensor1D };
}
