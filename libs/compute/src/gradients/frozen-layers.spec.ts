import * as tf from '@tensorflow/tfjs-core';
import { initBackend } from '../backend/init-backend.js';
import { batchNormGiven } from '../ops/batch-norm-given.js';

/** Kernels that run on the way back of two convolutions, each with a bias, when `trained` alone is differentiated. */
async function kernelsFor(trained: 'first bias' | 'second bias' | 'second kernel'): Promise<string[]> {
  const image = tf.ones<tf.Rank.R4>([3, 6, 6, 2]);
  const [first, second] = [tf.ones<tf.Rank.R4>([3, 3, 2, 4]), tf.ones<tf.Rank.R4>([3, 3, 4, 2])];
  const [bias1, bias2] = [tf.ones<tf.Rank.R1>([4]), tf.ones<tf.Rank.R1>([2])];
  const ones = tf.ones<tf.Rank.R1>([4]);
  const norm = { gamma: ones, beta: ones, mean: ones, variance: ones };
  const run = (w: tf.Tensor4D, b1: tf.Tensor, b2: tf.Tensor): tf.Tensor => {
    const hidden = batchNormGiven(tf.add(tf.conv2d(image, first, 1, 'same'), b1), norm, { epsilon: 0 });
    return tf.sum(tf.add(tf.conv2d(hidden as tf.Tensor4D, w, 1, 'same'), b2));
  };
  const losses = {
    'first bias': () => tf.grad((b) => run(second, b, bias2))(bias1),
    'second bias': () => tf.grad((b) => run(second, bias1, b))(bias2),
    'second kernel': () => tf.grad((w) => run(w as tf.Tensor4D, bias1, bias2))(second),
  };
  const { kernels } = await tf.profile(() => tf.tidy(losses[trained]));
  tf.dispose([image, first, second, bias1, bias2, ones]);
  return kernels.map(({ name }) => name);
}

const count = (names: readonly string[], name: string): number => names.filter((one) => one === name).length;

describe('the way back', () => {
  beforeAll(() => initBackend({ force: 'wasm' }));

  it('computes no gradient of a frozen kernel, and none below the lowest trained parameter', async () => {
    const names = await kernelsFor('first bias');
    // Through the second convolution only: the image needs no gradient.
    expect([count(names, tf.Conv2DBackpropInput), count(names, tf.Conv2DBackpropFilter)]).toEqual([1, 0]);
  });

  it('goes through no convolution for the parameters of the last layer', async () => {
    const names = await kernelsFor('second bias');
    expect([count(names, tf.Conv2DBackpropInput), count(names, tf.Conv2DBackpropFilter)]).toEqual([0, 0]);
  });

  it('computes the gradient of a trained kernel and not of its input', async () => {
    const names = await kernelsFor('second kernel');
    expect([count(names, tf.Conv2DBackpropInput), count(names, tf.Conv2DBackpropFilter)]).toEqual([0, 1]);
  });
});
