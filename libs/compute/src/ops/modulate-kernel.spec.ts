import * as tf from '@tensorflow/tfjs-core';
import { initBackend } from '../backend/init-backend.js';
import { TestRandom, evaluate, operand, relativeError } from '../testing/random.js';
import { modulateKernel } from './modulate-kernel.js';

const TOLERANCE = 1e-5;
const CASES = [
  { kernel: [3, 3, 5, 7], rank: 1 },
  { kernel: [3, 3, 16, 32], rank: 4 },
  { kernel: [1, 1, 9, 6], rank: 3 },
  { kernel: [1, 2, 3, 1], rank: 2 },
];

function compute(weights: Float32Array) {
  return (...[kernel, a, b]: tf.Tensor[]): tf.Tensor[] => {
    const run = (f: tf.Tensor, g: tf.Tensor) =>
      modulateKernel(kernel as tf.Tensor4D, f as tf.Tensor2D, g as tf.Tensor2D);
    const loss = tf.grads((f, g) => tf.sum(tf.mul(run(f, g), tf.tensor(weights, (kernel as tf.Tensor).shape))));
    return [run(a as tf.Tensor, b as tf.Tensor), ...loss([a as tf.Tensor, b as tf.Tensor])];
  };
}

describe('modulateKernel', () => {
  beforeAll(() => initBackend({ force: 'wasm' }));

  it.each(CASES)('is the same on cpu and wasm, with gradients: %j', async ({ kernel, rank }) => {
    const random = new TestRandom(rank);
    const [, , i, o] = kernel as [number, number, number, number];
    const operands = [operand(random, kernel), operand(random, [o, rank]), operand(random, [rank, i])];
    const run = compute(random.values(tf.util.sizeFromShape(kernel)));
    const expected = await evaluate('cpu', operands, run);
    const actual = await evaluate('wasm', operands, run);
    const errors = actual.map((values, n) => relativeError(values, expected[n] as Float32Array));
    expect(Math.max(...errors)).toBeLessThan(TOLERANCE);
  });

  it('multiplies each weight by 1 + A B', async () => {
    await tf.setBackend('wasm');
    const values = tf.tidy(() =>
      Array.from(
        modulateKernel(
          tf.tensor4d([2, 3], [1, 1, 1, 2]),
          tf.tensor2d([10, 20], [2, 1]),
          tf.tensor2d([[0.5]]),
        ).dataSync(),
      ),
    );
    expect(values).toEqual([2 * (1 + 5), 3 * (1 + 10)]);
  });

  it.each(['wasm', 'cpu'])('leaves the kernel bit for bit when A is zero, on %s', async (backend) => {
    const random = new TestRandom(6);
    const kernel = operand(random, [3, 3, 4, 5]);
    const zeros = { shape: [5, 2], values: new Float32Array(10) };
    const [result] = await evaluate(backend, [kernel, zeros, operand(random, [2, 4])], (...[w, a, b]) => [
      modulateKernel(w as tf.Tensor4D, a as tf.Tensor2D, b as tf.Tensor2D),
    ]);
    expect(result).toEqual(kernel.values);
  });

  it.each(['wasm', 'cpu'])('leaks no tensor on %s', async (backend) => {
    const random = new TestRandom(2);
    const operands = [operand(random, [3, 3, 4, 5]), operand(random, [5, 2]), operand(random, [2, 4])];
    const run = compute(random.values(180));
    await evaluate(backend, operands, run);
    const before = tf.memory();
    await evaluate(backend, operands, run);
    expect([tf.memory().numTensors, tf.memory().numBytes]).toEqual([before.numTensors, before.numBytes]);
  });

  it('rejects factors of another size', () => {
    expect(() => modulateKernel(tf.zeros([1, 1, 2, 3]), tf.zeros([2, 1]), tf.zeros([1, 2]))).toThrow(/a /);
  });
});
