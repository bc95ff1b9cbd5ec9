import * as tf from '@tensorflow/tfjs-core';
import type { Activation } from './activation.js';
import { activate, passes } from './add-activate.js';
import {
  BATCH_NORM_CENTRED,
  BATCH_NORM_CENTRED_GRADIENT,
  BATCH_NORM_GIVEN,
  BATCH_NORM_GIVEN_INPUT_GRADIENT,
  BATCH_NORM_GIVEN_PARAMETER_GRADIENT,
} from './kernel-names.js';
import { defineComposedKernel, runKernel, runKernelSingle } from './run-kernel.js';

/** What a batch normalisation multiplies by and adds, and the statistics it normalises by: all `[c]`. */
export interface BatchNormParameters {
  readonly gamma: tf.Tensor1D;
  readonly beta: tf.Tensor1D;
  readonly mean: tf.Tensor1D;
  readonly variance: tf.Tensor1D;
}

export interface BatchNormOptions {
  /** Added to the variance. */
  readonly epsilon: number;
  /** Applied to the result; default none. */
  readonly activation?: Activation;
}

type Inputs<Names extends string> = Record<Names, tf.Tensor>;
type GradientInputs = Inputs<'x' | 'dy' | 'gamma' | 'beta' | 'mean' | 'variance'>;

function leadingAxes(x: tf.Tensor): number[] {
  return x.shape.slice(0, -1).map((_, axis) => axis);
}

/** `(x - mean) / deviation`, its factor `1 / deviation`, and `dy` where the activation passes. */
function normalParts({ x, dy, gamma, beta, mean, variance }: GradientInputs, attrs: tf.NamedAttrMap): tf.Tensor[] {
  const inverse = tf.rsqrt(tf.add(variance, attrs['epsilon'] as number));
  const normal = tf.mul(tf.sub(x, mean), inverse);
  const mask = passes(tf.add(tf.mul(normal, gamma), beta), attrs['activation'] as Activation);
  return [normal, inverse, tf.mul(dy, mask)];
}

defineComposedKernel(BATCH_NORM_GIVEN, (inputs, attrs) => {
  const { x, gamma, beta, mean, variance } = inputs as unknown as BatchNormParameters & { x: tf.Tensor4D };
  const y = tf.batchNorm(x, mean, variance, beta, gamma, attrs['epsilon'] as number);
  return [activate(y, attrs['activation'] as Activation)];
});

defineComposedKernel(BATCH_NORM_GIVEN_INPUT_GRADIENT, (inputs, attrs) => {
  const [, inverse, g] = normalParts(inputs as GradientInputs, attrs) as [tf.Tensor, tf.Tensor, tf.Tensor];
  return [tf.mul(g, tf.mul(inverse, inputs['gamma'] as tf.Tensor))];
});

defineComposedKernel(BATCH_NORM_GIVEN_PARAMETER_GRADIENT, (inputs, attrs) => {
  const [normal, , g] = normalParts(inputs as GradientInputs, attrs) as [tf.Tensor, tf.Tensor, tf.Tensor];
  const axes = leadingAxes(normal);
  return [tf.sum(tf.mul(g, normal), axes), tf.sum(g, axes)];
});

defineComposedKernel(BATCH_NORM_CENTRED, (inputs, attrs) => {
  const { x, gamma, beta, variance } = inputs as Inputs<'x' | 'gamma' | 'beta' | 'variance'>;
  const mean = tf.mean(x, leadingAxes(x));
  const scale = tf.mul(gamma, tf.rsqrt(tf.add(variance, attrs['epsilon'] as number)));
  const y = activate(tf.add(tf.mul(tf.sub(x, mean), scale), beta), attrs['activation'] as Activation);
  return [y, mean];
});

defineComposedKernel(BATCH_NORM_CENTRED_GRADIENT, (inputs, attrs) => {
  const { gamma } = inputs as GradientInputs;
  const [normal, inverse, g] = normalParts(inputs as GradientInputs, attrs) as [tf.Tensor, tf.Tensor, tf.Tensor];
  const axes = leadingAxes(normal);
  const dbeta = tf.sum(g, axes);
  const centred = tf.sub(g, tf.div(dbeta, normal.size / gamma.size));
  return [tf.mul(centred, tf.mul(gamma, inverse)), tf.sum(tf.mul(g, normal), axes), dbeta];
});

tf.registerGradient({
  kernelName: BATCH_NORM_GIVEN,
  inputsToSave: ['x', 'gamma', 'beta', 'mean', 'variance'],
  gradFunc: (dys, saved, attrs) => {
    const [x, gamma, beta, mean, variance] = saved as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor];
    const inputs = { x, dy: (Array.isArray(dys) ? dys[0] : dys) as tf.Tensor, gamma, beta, mean, variance };
    const parameters = () => runKernel(BATCH_NORM_GIVEN_PARAMETER_GRADIENT, inputs, attrs) as [tf.Tensor, tf.Tensor];
    // Each is asked for only where it is wanted; most often that is `x` alone, which takes one pass.
    return {
      x: () => runKernelSingle(BATCH_NORM_GIVEN_INPUT_GRADIENT, inputs, attrs),
      gamma: () => parameters()[0],
      beta: () => parameters()[1],
    };
  },
});

tf.registerGradient({
  kernelName: BATCH_NORM_CENTRED,
  inputsToSave: ['x', 'gamma', 'beta', 'variance'],
  outputsToSave: [false, true],
  gradFunc: (dys, saved, attrs) => {
    const [x, gamma, beta, variance, mean] = saved as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor];
    const [dy] = dys as [tf.Tensor];
    // Computed here and not on demand, since one pass gives all three.
    const [dx, dgamma, dbeta] = runKernel(BATCH_NORM_CENTRED_GRADIENT, { x, dy, gamma, beta, mean, variance }, attrs);
    return { x: () => dx as tf.Tensor, gamma: () => dgamma as tf.Tensor, beta: () => dbeta as tf.Tensor };
  },
});

function checkShapes(operation: string, x: tf.Tensor, parameters: Readonly<Record<string, tf.Tensor>>): void {
  for (const [name, { shape }] of Object.entries(parameters)) {
    tf.util.assertShapesMatch(x.shape.slice(-1), shape, `${operation}: ${name} `);
  }
}

/**
 * Batch normalisation by statistics that are given, with its activation, in one pass over `x`:
 * `activation(gamma * (x - mean) / sqrt(variance + epsilon) + beta)`. Differentiable in `x`, `gamma` and `beta`.
 *
 * @param x `[..., c]`
 */
export function batchNormGiven<T extends tf.Tensor>(
  x: T,
  parameters: BatchNormParameters,
  { epsilon, activation = 'none' }: BatchNormOptions,
): T {
  const { gamma, beta, mean, variance } = parameters;
  checkShapes('batchNormGiven', x, { gamma, beta, mean, variance });
  return runKernelSingle(BATCH_NORM_GIVEN, { x, gamma, beta, mean, variance }, { epsilon, activation }) as T;
}

/**
 * Batch normalisation by the batch's own mean and a variance that is given, with its activation. Differentiable in
 * `x`, `gamma` and `beta`; no gradient flows through the mean that it returns, `[c]`.
 *
 * @param x `[..., c]`
 */
export function batchNormCentred<T extends tf.Tensor>(
  x: T,
  parameters: Omit<BatchNormParameters, 'mean'>,
  { epsilon, activation = 'none' }: BatchNormOptions,
): { y: T; mean: tf.Tensor1D } {
  const { gamma, beta, variance } = parameters;
  checkShapes('batchNormCentred', x, { gamma, beta, variance });
  const [y, mean] = runKernel(BATCH_NORM_CENTRED, { x, gamma, beta, variance }, { epsilon, activation });
  return { y: y as T, mean: mean as tf.Tensor1D };
}
