import * as tf from '@tensorflow/tfjs-core';
import { BATCH_NORM_TRAIN, BATCH_NORM_TRAIN_GRADIENT } from '../ops/kernel-names.js';
import { defineNativeKernel, type NativeCall, type NativeOps } from './native-ops.js';

/** Pixels and channels of `[..., channels]`. */
function rows(x: tf.TensorInfo): [number, number] {
  const channels = x.shape[x.shape.length - 1] ?? 1;
  return [tf.util.sizeFromShape(x.shape) / channels, channels];
}

/** TensorFlow's operation takes four dimensions. */
function fourD(x: tf.TensorInfo): tf.TensorInfo {
  return x.shape.length === 4 ? x : tf.reshape(x as tf.Tensor, [1, 1, ...rows(x)]);
}

function attributes({ attrs }: NativeCall) {
  // TensorFlow's fused activation is for GPUs only; `batchNormTrain` applies it as an operation of its own.
  if (attrs['activation'] !== 'none') throw new Error('the native backend normalises without an activation');
  return { epsilon: attrs['epsilon'] as number, data_format: 'NHWC', is_training: true };
}

function forward(call: NativeCall): tf.Tensor[] {
  const { ops, input } = call;
  const x = input('x');
  const none = tf.tensor1d([]);
  const inputs = [fourD(x), input('gamma'), input('beta'), none, none];
  const [y, mean, unbiased] = ops.run('FusedBatchNormV3', inputs, attributes(call), 6) as [tf.Tensor, tf.Tensor, tf.Tensor]; // prettier-ignore
  const [pixels] = rows(x);
  return [tf.reshape(y, x.shape), mean, tf.mul(unbiased, Math.max(pixels - 1, 1) / pixels)];
}

function backward(call: NativeCall): tf.Tensor[] {
  const { ops, input } = call;
  const x = input('x');
  const inputs = [fourD(input('dy')), fourD(x), input('gamma'), input('mean'), input('variance'), tf.tensor1d([])];
  const [dx, dgamma, dbeta] = ops.run('FusedBatchNormGradV3', inputs, attributes(call), 5) as [tf.Tensor, tf.Tensor, tf.Tensor]; // prettier-ignore
  return [tf.reshape(dx, x.shape), dgamma, dbeta];
}

/**
 * Batch normalisation from batch statistics and its gradient. On the CPU only: on a GPU the statistics that the
 * gradient takes are cuDNN's own.
 */
export function registerNativeBatchNorm(ops: NativeOps): void {
  defineNativeKernel(ops, BATCH_NORM_TRAIN, forward);
  defineNativeKernel(ops, BATCH_NORM_TRAIN_GRADIENT, backward);
}
