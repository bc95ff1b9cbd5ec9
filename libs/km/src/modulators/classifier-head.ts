import * as tf from '@tensorflow/tfjs-core';
import type { Part } from './part.types.js';
import { adoptValues, drawn, parameter, valueOf, zeros } from './tensors.js';

/** Standard deviation of a new head's kernel: near-uniform first predictions, and gradients that differ by class. */
const HEAD_DEVIATION = 0.01;

/** The task's own classifier on the base's features; every method needs one, so it is counted apart. */
export interface ClassifierHead extends Part {
  /** Logits `[n, classes]` of features `[n, featureSize]`. */
  forward(features: tf.Tensor2D): tf.Tensor2D;
}

export function createHead(featureSize: number, classes: number, nextNormal: () => number): ClassifierHead {
  const kernel = parameter(
    'head/kernel',
    'head',
    drawn([featureSize, classes], () => HEAD_DEVIATION * nextNormal()),
  );
  const bias = parameter('head/bias', 'head', zeros([classes]));
  return {
    parameters: [kernel, bias],
    statistics: new Map(),
    forward: (features) => tf.tidy(() => tf.add(tf.matMul(features, kernel.variable as tf.Tensor2D), bias.variable)),
    exportTensors: () => [kernel, bias].map((one) => [one.name, valueOf(one)]),
    adopt: (tensors) => adoptValues([kernel, bias], tensors),
    dispose: () => {
      kernel.variable.dispose();
      bias.variable.dispose();
    },
  };
}
