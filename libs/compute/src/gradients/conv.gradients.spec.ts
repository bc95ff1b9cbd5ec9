import * as tf from '@tensorflow/tfjs-core';
import { initBackend } from '../backend/init-backend.js';
import { TestRandom, operand, relativeError } from '../testing/random.js';

const TOLERANCE = 1e-5;

describe('gradients of conv2d on cpu', () => {
  beforeAll(() => initBackend({ force: 'cpu' }));

  it.each([
    { strides: [1, 1], pad: 'same' },
    { strides: [2, 3], pad: 'same' },
    { strides: [2, 1], pad: 'valid' },
    { strides: [3, 3], pad: 1 },
  ] as const)('equal those of the kernel that tfjs has for it: %j', ({ strides, pad }) => {
    const random = new TestRandom(1);
    const [x, filter] = [operand(random, [2, 7, 8, 3]), operand(random, [3, 2, 3, 4])];
    const [actual, expected] = tf.tidy(() => {
      const input = tf.tensor<tf.Rank.R4>(x.values, [2, 7, 8, 3]);
      const kernel = tf.tensor<tf.Rank.R4>(filter.values, [3, 2, 3, 4]);
      const y = tf.conv2d(input, kernel, [...strides], pad);
      const dy = tf.tensor(new TestRandom(2).values(y.size), y.shape);
      const run = (w: tf.Tensor) => tf.sum(tf.mul(tf.conv2d(input, w as tf.Tensor4D, [...strides], pad), dy));
      const attrs = { strides: [...strides], pad, dataFormat: 'NHWC', filterShape: filter.shape };
      const stock: tf.Tensor = tf.engine().runKernel(tf.Conv2DBackpropFilter, { x: input, dy }, attrs);
      return [tf.grad(run)(kernel), stock].map((tensor) => tensor.dataSync<'float32'>());
    }) as [Float32Array, Float32Array];
    expect(relativeError(actual, expected)).toBeLessThan(TOLERANCE);
  });

  it('exist for dilated kernels: each is the value that the loss, linear in both operands, has per unit', () => {
    const random = new TestRandom(3);
    const [x, filter] = [operand(random, [1, 6, 7, 2]), operand(random, [2, 3, 2, 2])];
    const [inner, loss] = tf.tidy(() => {
      const operands = [tf.tensor(x.values, [1, 6, 7, 2]), tf.tensor(filter.values, [2, 3, 2, 2])];
      const run = (a: tf.Tensor, b: tf.Tensor) =>
        tf.sum(tf.conv2d(a as tf.Tensor4D, b as tf.Tensor4D, 1, 'same', 'NHWC', [2, 2]));
      const gradients = tf.grads(run)(operands);
      const products = operands.map((value, i) => tf.sum(tf.mul(value, gradients[i] as tf.Tensor)).dataSync()[0]);
      return [products, run(...(operands as [tf.Tensor, tf.Tensor])).dataSync()[0]];
    });
    for (const product of inner as number[]) expect(product).toBeCloseTo(loss as number, 4);
  });
});
