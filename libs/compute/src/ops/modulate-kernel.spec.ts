import * as tf from '@tensorflow/tfjs-core';
import { initBackend } from '../backend/init-backend.js';
import { TestRandom, evaluate, operand, relativeError } from '../testing/random.js';
import { MODULATE_KERNEL, MODULATE_KERNEL_GRADIENT } from './kernel-names.js';
import { modulateKernel, modulateKernelBy } from './modulate-kernel.js';

const TOLERANCE = 1e-5;
const CASES = [
  { kernel: [3, 3, 5, 7], rank: 1 },
  { kernel: [3, 3, 16, 32], rank: 4 },
  { kernel: [1, 1, 9, 6], rank: 3 },
  { kernel: [1, 2, 3, 1], rank: 2 },
  { kernel: [3, 3, 70, 64], rank: 5 },
  { kernel: [1, 1, 3, 2100], rank: 2 },
];

function compute(weights: Float32Array) {
  return (...[kernel, a, b]: tf.Tensor[]): tf.Tensor[] => {
    const operands = [kernel as tf.Tensor, a as tf.Tensor, b as tf.Tensor] as const;
    const run = (w: tf.Tensor, f: tf.Tensor, g: tf.Tensor) =>
      modulateKernel(w as tf.Tensor4D, f as tf.Tensor2D, g as tf.Tensor2D);
    const loss = tf.grads((w, f, g) => tf.sum(tf.mul(run(w, f, g), tf.tensor(weights, w.shape))));
    return [run(...operands), ...loss([...operands])];
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

  it.each(['wasm', 'cpu'])('takes plain numbers as well, bit for bit and without a leak, on %s', async (backend) => {
    const random = new TestRandom(5);
    for (const { kernel, rank } of CASES) {
      const [, , i, o] = kernel as [number, number, number, number];
      const [a, b] = [operand(random, [o, rank]), operand(random, [rank, i])];
      const before = tf.memory().numTensors;
      const [by, whole] = await evaluate(backend, [operand(random, kernel), a, b], (...[w, x, y]) => [
        modulateKernelBy(w as tf.Tensor4D, { a: a.values, b: b.values, rank }),
        modulateKernel(w as tf.Tensor4D, x as tf.Tensor2D, y as tf.Tensor2D),
      ]);
      expect(by).toEqual(whole);
      expect(tf.memory().numTensors).toBe(before);
    }
  });

  it('refuses numbers of another count', () => {
    const factors = { a: new Float32Array(3), b: new Float32Array(2), rank: 1 };
    expect(() => modulateKernelBy(tf.zeros([1, 1, 2, 4]), factors)).toThrow(RangeError);
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

  it.each(['wasm', 'cpu'])("scales the kernel's own gradient as it scales the kernel, on %s", async (backend) => {
    await tf.setBackend(backend);
    const values = tf.tidy(() => {
      const [a, b] = [tf.tensor2d([10, 20], [2, 1]), tf.tensor2d([[0.5]])];
      const gradient = tf.grad((w) => tf.sum(tf.mul(modulateKernel(w as tf.Tensor4D, a, b), tf.tensor4d([2, 3], [1, 1, 1, 2])))); // prettier-ignore
      return Array.from(gradient(tf.tensor4d([7, 8], [1, 1, 1, 2])).dataSync());
    });
    expect(values).toEqual([2 * (1 + 5), 3 * (1 + 10)]);
  });

  it.each(['wasm', 'cpu'])('computes no gradient of a kernel that stays, on %s', async (backend) => {
    await tf.setBackend(backend);
    const [w, a, b] = [tf.ones([1, 1, 1, 2]), tf.ones([2, 1]), tf.ones([1, 1])];
    const run = (f: tf.Tensor) => tf.sum(modulateKernel(w as tf.Tensor4D, f as tf.Tensor2D, b as tf.Tensor2D));
    const { kernels } = await tf.profile(() => tf.grad(run)(a));
    const names = kernels.map(({ name }) => name);
    expect(names.filter((name) => name === MODULATE_KERNEL)).toHaveLength(1);
    expect(names).toContain(MODULATE_KERNEL_GRADIENT);
    tf.dispose([w, a, b]);
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
