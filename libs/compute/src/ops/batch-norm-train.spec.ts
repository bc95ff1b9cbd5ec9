import * as tf from '@tensorflow/tfjs-core';
import { initBackend } from '../backend/init-backend.js';
import { TestRandom, evaluate, operand, relativeError } from '../testing/random.js';
import type { Activation } from './activation.js';
import { batchNormTrain } from './batch-norm-train.js';

const TOLERANCE = 1e-5;
const SHAPES = [
  [2, 3, 3, 4],
  [5, 4, 4, 7],
  [8, 9, 9, 32],
  [48, 2, 2, 33],
  [300, 6],
];
const CASES = SHAPES.flatMap((shape) =>
  (['none', 'relu', 'relu6'] as const).map((activation) => ({ shape, activation })),
);

function compute(activation: Activation, weights: Float32Array) {
  return (...[x, gamma, beta]: tf.Tensor[]): tf.Tensor[] => {
    const run = (a: tf.Tensor, b: tf.Tensor, c: tf.Tensor) =>
      batchNormTrain(a, b as tf.Tensor1D, c as tf.Tensor1D, { epsilon: 1e-5, activation });
    const inputs = [x as tf.Tensor, gamma as tf.Tensor, beta as tf.Tensor];
    const { y, mean, variance } = run(...(inputs as [tf.Tensor, tf.Tensor, tf.Tensor]));
    const gradients = tf.grads((a, b, c) => tf.sum(tf.mul(run(a, b, c).y, tf.tensor(weights, y.shape))))(inputs);
    return [y, mean, variance, ...gradients];
  };
}

describe('batchNormTrain', () => {
  beforeAll(() => initBackend({ force: 'wasm' }));

  it.each(CASES)('is the same on cpu and wasm, with gradients: %j', async ({ shape, activation }) => {
    const random = new TestRandom(9);
    const channels = shape.at(-1) as number;
    const x = operand(random, shape);
    // Off-centre data, and gammas that put values on both sides of relu6's corners.
    const shifted = { shape, values: x.values.map((value, i) => 3 * value + (i % channels)) };
    const gamma = { shape: [channels], values: random.values(channels).map((value) => value * 6) };
    const operands = [shifted, gamma, operand(random, [channels])];
    const run = compute(activation, random.values(x.values.length));
    const expected = await evaluate('cpu', operands, run);
    const actual = await evaluate('wasm', operands, run);
    const errors = actual.map((values, i) => relativeError(values, expected[i] as Float32Array));
    expect(Math.max(...errors)).toBeLessThan(TOLERANCE);
  });

  it('gives each channel mean beta and standard deviation gamma', async () => {
    await tf.setBackend('wasm');
    const moments = tf.tidy(() => {
      const x = tf.tensor(new TestRandom(1).values(400), [100, 4]);
      const { y } = batchNormTrain(x, tf.tensor1d([1, 2, 3, 4]), tf.tensor1d([5, 6, 7, 8]), { epsilon: 0 });
      const { mean, variance } = tf.moments(y, 0);
      return [mean.arraySync(), tf.sqrt(variance).arraySync()] as number[][];
    });
    moments[0]?.forEach((value, i) => expect(value).toBeCloseTo(5 + i, 5));
    moments[1]?.forEach((value, i) => expect(value).toBeCloseTo(1 + i, 5));
  });

  it.each(['wasm', 'cpu'])('leaks no tensor on %s', async (backend) => {
    await tf.setBackend(backend);
    const random = new TestRandom(2);
    const step = () =>
      evaluate(
        backend,
        [operand(random, [2, 3, 3, 4]), operand(random, [4]), operand(random, [4])],
        compute('relu', random.values(72)),
      );
    await step();
    const before = tf.memory();
    await step();
    expect([tf.memory().numTensors, tf.memory().numBytes]).toEqual([before.numTensors, before.numBytes]);
  });

  it('rejects a gamma of another size', () => {
    expect(() => batchNormTrain(tf.zeros([2, 3]), tf.zeros([4]), tf.zeros([3]), { epsilon: 0 })).toThrow(/gamma/);
  });
});
