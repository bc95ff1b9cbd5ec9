import * as tf from '@tensorflow/tfjs-core';
import { initBackend } from '../backend/init-backend.js';
import { TOLERANCE, errorOnWasm, withGradients } from '../testing/compare.js';
import { TestRandom, evaluate, operand, type Operand } from '../testing/random.js';
import { batchNormCentred, batchNormGiven } from './batch-norm-given.js';
import type { Activation } from './activation.js';

const EPSILON = 1e-3;
const CASES = [
  [2, 3, 3, 4],
  [5, 4, 3, 7],
  [8, 9, 9, 32],
  [70, 2, 2, 33],
  [300, 6],
  [1, 1, 2, 5],
].flatMap((shape) => (['none', 'relu', 'relu6'] as const).map((activation) => ({ shape, activation })));
const weigh = (count: number): Float32Array => new TestRandom(2).values(count);

/** Off-centre data, gammas that put values on both sides of relu6's corners, positive variances. */
function operands(shape: number[]): [x: Operand, gamma: Operand, beta: Operand, mean: Operand, variance: Operand] {
  const random = new TestRandom(9);
  const channels = shape.at(-1) ?? 1;
  const vector = (of: (value: number) => number): Operand => ({
    shape: [channels],
    values: random.values(channels).map(of),
  });
  const x = operand(random, shape);
  const shifted = { shape, values: x.values.map((value, i) => 3 * value + (i % channels)) };
  return [shifted, vector((v) => 6 * v), vector((v) => v), vector((v) => 2 * v), vector((v) => v + 1.5)];
}

const given = (activation: Activation, mean: tf.Tensor, variance: tf.Tensor) => (x: tf.Tensor, g: tf.Tensor, b: tf.Tensor) => // prettier-ignore
  batchNormGiven(x, { gamma: g, beta: b, mean, variance } as Parameters<typeof batchNormGiven>[1], { epsilon: EPSILON, activation }); // prettier-ignore

describe('batchNormGiven', () => {
  beforeAll(() => initBackend({ force: 'wasm' }));

  it.each(CASES)('is the same on cpu and wasm, with gradients: %j', async ({ shape, activation }) => {
    const error = await errorOnWasm(operands(shape), (...[x, gamma, beta, mean, variance]) => {
      const run = given(activation, mean as tf.Tensor, variance as tf.Tensor);
      return withGradients(
        (...inputs) => run(...(inputs as [tf.Tensor, tf.Tensor, tf.Tensor])),
        weigh,
      )(...([x, gamma, beta] as tf.Tensor[]));
    });
    expect(error).toBeLessThan(TOLERANCE);
  });

  it('stands for tf.batchNorm followed by the activation, which equals cpu as well', async () => {
    const error = await errorOnWasm(operands([4, 5, 5, 6]), (...tensors) => {
      const [x, gamma, beta, mean, variance] = tensors as [tf.Tensor, tf.Tensor1D, tf.Tensor1D, tf.Tensor1D, tf.Tensor1D]; // prettier-ignore
      const stock = tf.relu6(tf.batchNorm(x, mean, variance, beta, gamma, EPSILON));
      return [stock, given('relu6', mean, variance)(x, gamma, beta)];
    });
    expect(error).toBeLessThan(TOLERANCE);
    const apart = await evaluate('wasm', operands([4, 5, 5, 6]), (...tensors) => {
      const [x, gamma, beta, mean, variance] = tensors as [tf.Tensor, tf.Tensor1D, tf.Tensor1D, tf.Tensor1D, tf.Tensor1D]; // prettier-ignore
      const stock = tf.relu6(tf.batchNorm(x, mean, variance, beta, gamma, EPSILON));
      return [tf.max(tf.abs(tf.sub(stock, given('relu6', mean, variance)(x, gamma, beta))))];
    });
    expect(apart[0]?.[0]).toBeLessThan(6 * TOLERANCE);
  });

  it('normalises by what it is given', async () => {
    await tf.setBackend('wasm');
    const values = tf.tidy(() => {
      const [gamma, beta] = [tf.tensor1d([2, 10]), tf.tensor1d([1, 0])];
      const [mean, variance] = [tf.tensor1d([3, 0]), tf.tensor1d([4, 0.25])];
      const x = tf.tensor2d([5, 0.1, 1, -1], [2, 2]);
      return [...batchNormGiven(x, { gamma, beta, mean, variance }, { epsilon: 0, activation: 'relu' }).dataSync()];
    });
    expect(values).toEqual([3, expect.closeTo(2, 5), 0, 0]);
  });

  it('computes the gradient of x alone where no other is wanted', async () => {
    await tf.setBackend('wasm');
    const ones = tf.ones<tf.Rank.R1>([3]);
    const parameters = { gamma: ones, beta: ones, mean: ones, variance: ones };
    const profile = await tf.profile(() =>
      tf.grad((x) => tf.sum(batchNormGiven(x, parameters, { epsilon: 0 })))(tf.ones([2, 3])),
    );
    expect(profile.kernelNames).toContain('KernelcastBatchNormGivenInputGradient');
    expect(profile.kernelNames).not.toContain('KernelcastBatchNormGivenParameterGradient');
    ones.dispose();
  });

  it('rejects a mean of another size', () => {
    const [two, three] = [tf.ones<tf.Rank.R1>([2]), tf.ones<tf.Rank.R1>([3])];
    const parameters = { gamma: two, beta: two, mean: three, variance: two };
    expect(() => batchNormGiven(tf.zeros([1, 2]), parameters, { epsilon: 0 })).toThrow(/mean/);
  });
});

describe('batchNormCentred', () => {
  beforeAll(() => initBackend({ force: 'wasm' }));

  it.each(CASES)('is the same on cpu and wasm, with gradients: %j', async ({ shape, activation }) => {
    const [x, gamma, beta, , variance] = operands(shape);
    const error = await errorOnWasm([x, gamma, beta, variance], (...tensors) => {
      const [image, g, b, v] = tensors as [tf.Tensor, tf.Tensor1D, tf.Tensor1D, tf.Tensor1D];
      const run = (...inputs: tf.Tensor[]) => {
        const [value, scale, shift] = inputs as [tf.Tensor, tf.Tensor1D, tf.Tensor1D];
        return batchNormCentred(value, { gamma: scale, beta: shift, variance: v }, { epsilon: EPSILON, activation });
      };
      return [run(image, g, b).mean, ...withGradients((...inputs) => run(...inputs).y, weigh)(image, g, b)];
    });
    expect(error).toBeLessThan(TOLERANCE);
  });

  it('gives each channel mean beta, whatever the variance', async () => {
    await tf.setBackend('wasm');
    const means = tf.tidy(() => {
      const x = tf.tensor(new TestRandom(1).values(400), [100, 4]);
      const [ones, beta] = [tf.ones<tf.Rank.R1>([4]), tf.tensor1d([5, 6, 7, 8])];
      const { y } = batchNormCentred(x, { gamma: ones, beta, variance: ones }, { epsilon: 0 });
      return tf.mean(y, 0).arraySync() as number[];
    });
    means.forEach((value, i) => expect(value).toBeCloseTo(5 + i, 5));
  });
});
