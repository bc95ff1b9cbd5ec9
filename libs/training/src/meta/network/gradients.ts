import * as tf from '@tensorflow/tfjs-core';
import type { NetworkGraph, TensorMap } from '@kernelcast/nets';
import { argMax } from '../../evaluation/tally.js';
import { crossEntropy } from '../../loop/loss.js';
import { metaFeatures, metaLogits } from './meta-network.js';
import { HEAD_PARAMETERS } from './variants.js';

/** Images on the backend with their labels. */
export interface LabelledBatch {
  /** Normalised, `[n, h, w, c]`. */
  readonly x: tf.Tensor4D;
  readonly labels: Uint16Array;
}

export interface LossGradients {
  readonly loss: tf.Scalar;
  /** By parameter, in its shape. */
  readonly gradients: ReadonlyMap<string, tf.Tensor>;
}

/** Where gradients are taken. */
export interface GradientPoint {
  readonly graph: NetworkGraph;
  readonly parameters: TensorMap;
  /** Of which parameters. */
  readonly names: readonly string[];
}

/**
 * Mean cross-entropy of a batch and its gradients. To be called in a `tf.tidy`.
 * @param onLogits - sees the batch's logits `[n, classes]`
 */
export function lossGradients(
  { graph, parameters, names }: GradientPoint,
  { x, labels }: LabelledBatch,
  onLogits?: (logits: tf.Tensor2D) => void,
): LossGradients {
  return differentiate(parameters, names, (own) => {
    const logits = metaLogits(own, metaFeatures(graph, own, x).features);
    onLogits?.(logits);
    return crossEntropy(logits, labels, 0);
  });
}

/** As {@link lossGradients}, in the head alone, from features `[n, featureSize]`. */
export function headGradients(parameters: TensorMap, features: tf.Tensor2D, labels: Uint16Array): LossGradients {
  return differentiate(parameters, HEAD_PARAMETERS, (own) => crossEntropy(metaLogits(own, features), labels, 0));
}

function differentiate(
  parameters: TensorMap,
  names: readonly string[],
  lossOf: (parameters: TensorMap) => tf.Scalar,
): LossGradients {
  const at = names.map((name) => parameterOf(parameters, name));
  const { value, grads } = tf.valueAndGrads((...values: tf.Tensor[]) => {
    const own = new Map(parameters);
    names.forEach((name, i) => own.set(name, values[i] ?? tf.scalar(NaN)));
    return lossOf(own);
  })(at);
  return {
    loss: value as tf.Scalar,
    gradients: new Map(grads.map((gradient, i) => [names[i] ?? '', gradient])),
  };
}

export function parameterOf(parameters: TensorMap, name: string): tf.Tensor {
  const tensor = parameters.get(name);
  if (tensor === undefined) throw new Error(`No parameter '${name}'`);
  return tensor;
}

/** Share of a batch whose largest logit `[n, classes]` is the true one. */
export function shareRight(logits: tf.Tensor2D, labels: Uint16Array): number {
  const classes = logits.shape[1];
  const values = logits.dataSync<'float32'>();
  let right = 0;
  labels.forEach((label, n) => {
    if (argMax(values.subarray(n * classes, (n + 1) * classes)) === label) right++;
  });
  return right / labels.length;
}
