import * as tf from '@tensorflow/tfjs-core';
import { initBackend } from '../backend/init-backend.js';
import { TOLERANCE, errorOnWasm, withGradients } from '../testing/compare.js';
import { TestRandom, operand } from '../testing/random.js';

interface Case {
  readonly shape: number[];
  readonly axes: number[] | undefined;
}

const CASES: readonly Case[] = [
  { shape: [3, 4, 5, 7], axes: [1, 2] },
  { shape: [2, 9, 9, 64], axes: [1, 2] },
  { shape: [5, 11, 11, 12], axes: [0, 1, 2] },
  { shape: [300, 6], axes: [0] },
  { shape: [6, 300], axes: [1] },
  { shape: [4, 3, 2], axes: [-1] },
  { shape: [4, 3, 2], axes: undefined },
  { shape: [2, 3, 4, 5], axes: [0, 2] },
  { shape: [2, 3, 4, 5], axes: [2, 1] },
  { shape: [1], axes: undefined },
];
const weigh = (count: number): Float32Array => new TestRandom(2).values(count);

describe.each([
  ['sum', tf.sum],
  ['mean', tf.mean],
] as const)('%s on wasm', (_name, reduce) => {
  beforeAll(() => initBackend({ force: 'wasm' }));

  it.each(CASES.flatMap((test) => [true, false].map((keepDims) => ({ ...test, keepDims }))))(
    'equals cpu, with its gradient: %j',
    async ({ shape, axes, keepDims }) => {
      const run = (...[x]: tf.Tensor[]) => reduce(x as tf.Tensor, axes, keepDims);
      const x = operand(new TestRandom(1), shape);
      expect(await errorOnWasm([x], withGradients(run, weigh))).toBeLessThan(TOLERANCE);
    },
  );

  it('keeps five digits over a million terms', async () => {
    await tf.setBackend('wasm');
    const values = new TestRandom(3).values(2 ** 20).map((value) => value + 1);
    const exact = values.reduce((sum, value) => sum + value, 0);
    const wanted = reduce === tf.sum ? exact : exact / 2 ** 20;
    const columns = tf.tidy(() => {
      const x = tf.tensor2d(values, [2 ** 18, 4]);
      return [reduce(x), tf.mul(tf.mean(reduce(x, 0)), reduce === tf.sum ? 4 : 1)].map((value) => value.dataSync()[0]);
    });
    for (const value of columns) expect(Math.abs((value ?? NaN) / wanted - 1)).toBeLessThan(TOLERANCE);
  });

  it('leaves other types to tfjs', async () => {
    await tf.setBackend('wasm');
    const result = tf.tidy(() => reduce(tf.tensor1d([1, 2, 3], 'int32')).dataSync()[0]);
    expect(result).toBe(reduce === tf.sum ? 6 : 2);
  });

  it.each([1, 3])('is that of no numbers over an empty axis: [0, %d]', async (columns) => {
    await tf.setBackend('wasm');
    const values = tf.tidy(() => reduce(tf.zeros([0, columns]), 0).dataSync());
    expect([...values]).toEqual(Array(columns).fill(reduce === tf.sum ? 0 : NaN));
  });
});
