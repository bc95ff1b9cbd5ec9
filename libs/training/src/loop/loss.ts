import * as tf from '@tensorflow/tfjs-core';

/**
 * Mean cross-entropy of logits `[n, classes]`, in nats.
 *
 * @param labels - true classes `[n]`
 * @param smoothing - share of each target that is spread evenly over the classes
 */
export function crossEntropy(logits: tf.Tensor2D, labels: Uint16Array, smoothing: number): tf.Scalar {
  const [n, classes] = logits.shape;
  const targets = new Float32Array(n * classes).fill(smoothing / classes);
  labels.forEach((label, i) => (targets[i * classes + label] = 1 - smoothing + smoothing / classes));
  return tf.tidy(() => {
    const likelihoods = tf.mul(tf.logSoftmax(logits), tf.tensor2d(targets, [n, classes]));
    return tf.mul(tf.sum(likelihoods), -1 / n) as tf.Scalar;
  });
}
