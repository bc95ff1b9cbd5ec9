import * as tf from '@tensorflow/tfjs-core';
import type { AveragePoolNode, MaxPoolNode } from './graph.types.js';
import { isUnpadded, toTfPadding } from './padding.js';

/**
 * Maximum of each window of `[n, h, w, c]`.
 *
 * Padding is laid round the images beforehand: of tfjs's backends not all take any but "same" and "valid".
 */
export function maxPool(node: MaxPoolNode, x: tf.Tensor4D): tf.Tensor4D {
  return tf.tidy(() => {
    const padded = isUnpadded(node.padding) ? x : tf.pad(x, toTfPadding(node.padding), -Infinity);
    return tf.maxPool(padded, [...node.poolSize], [...node.strides], 'valid');
  });
}

/** Mean of each window of `[n, h, w, c]`, padded as in {@link maxPool}, by zeros. */
export function averagePool(node: AveragePoolNode, x: tf.Tensor4D): tf.Tensor4D {
  const unpadded = isUnpadded(node.padding);
  return tf.tidy(() => {
    const padded = unpadded ? x : tf.pad(x, toTfPadding(node.padding));
    const means = tf.avgPool(padded, [...node.poolSize], [...node.strides], 'valid');
    return unpadded || node.countPadding ? means : tf.mul(means, windowToPixels(node, x, means));
  });
}

/** How many places a window has for each real pixel in it, `[h', w', 1]`: turns means with padding into ones without. */
function windowToPixels(node: AveragePoolNode, x: tf.Tensor4D, means: tf.Tensor4D): tf.Tensor3D {
  const along = (axis: 0 | 1): number[] =>
    Array.from({ length: means.shape[axis + 1] ?? 0 }, (_, position) => {
      const start = position * node.strides[axis] - node.padding[axis][0];
      const end = Math.min(start + node.poolSize[axis], x.shape[axis + 1] ?? 0);
      return node.poolSize[axis] / (end - Math.max(start, 0));
    });
  return tf.mul(tf.tensor3d(along(0), [means.shape[1], 1, 1]), tf.tensor3d(along(1), [1, means.shape[2], 1]));
}
