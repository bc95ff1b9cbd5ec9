import * as tf from '@tensorflow/tfjs-core';
import { initBackend } from '../backend/init-backend.js';
import { TestRandom, evaluate, operand, relativeError } from '../testing/random.js';

const TOLERANCE = 1e-5;
const SIZES = [
  [1, 1, 1],
  [3, 5, 7],
  [48, 256, 10],
  [257, 33, 65],
  [6, 100, 4],
] as const;
const CASES = SIZES.flatMap(([rows, depth, columns]) =>
  [false, true].flatMap((transposeA) =>
    [false, true].map((transposeB) => ({ rows, depth, columns, transposeA, transposeB })),
  ),
);

describe('matMul on wasm', () => {
  beforeAll(() => initBackend({ force: 'wasm' }));

  it.each(CASES)('equals cpu, with gradients: %j', async ({ rows, depth, columns, transposeA, transposeB }) => {
    const random = new TestRandom(rows * depth + columns);
    const operands = [
      operand(random, transposeA ? [depth, rows] : [rows, depth]),
      operand(random, transposeB ? [columns, depth] : [depth, columns]),
    ];
    const weights = random.values(rows * columns);
    const compute = (...tensors: tf.Tensor[]) => {
      const product = (a: tf.Tensor, b: tf.Tensor) => tf.matMul(a, b, transposeA, transposeB);
      const gradients = tf.grads((a, b) => tf.sum(tf.mul(product(a, b), tf.tensor2d(weights, [rows, columns]))));
      return [product(tensors[0] as tf.Tensor, tensors[1] as tf.Tensor), ...gradients(tensors)];
    };
    const expected = await evaluate('cpu', operands, compute);
    const actual = await evaluate('wasm', operands, compute);
    const errors = actual.map((values, i) => relativeError(values, expected[i] as Float32Array));
    expect(Math.max(...errors)).toBeLessThan(TOLERANCE);
  });

  it.each([false, true])('fuses bias and activation with a transposed operand: %s', async (transposeB) => {
    const random = new TestRandom(1);
    const operands = [
      operand(random, [4, 100]),
      operand(random, transposeB ? [6, 100] : [100, 6]),
      operand(random, [6]),
    ];
    const compute = (...[a, b, bias]: tf.Tensor[]) => [
      tf.fused.matMul({
        a: a as tf.Tensor,
        b: b as tf.Tensor,
        transposeB,
        bias: bias as tf.Tensor,
        activation: 'relu',
      }),
    ];
    const [expected] = await evaluate('cpu', operands, compute);
    const [actual] = await evaluate('wasm', operands, compute);
    expect(relativeError(actual as Float32Array, expected as Float32Array)).toBeLessThan(TOLERANCE);
  });

  it('multiplies batches of matrices', async () => {
    const random = new TestRandom(2);
    const operands = [operand(random, [3, 4, 5]), operand(random, [3, 5, 2])];
    const compute = (...[a, b]: tf.Tensor[]) => [tf.matMul(a as tf.Tensor, b as tf.Tensor)];
    const [expected] = await evaluate('cpu', operands, compute);
    const [actual] = await evaluate('wasm', operands, compute);
    expect(relativeError(actual as Float32Array, expected as Float32Array)).toBeLessThan(TOLERANCE);
  });
});
