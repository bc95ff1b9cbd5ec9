import * as tf from '@tensorflow/tfjs-core';
import { initBackend } from '../backend/init-backend.js';
import { TOLERANCE, errorOnWasm, withGradients } from '../testing/compare.js';
import { TestRandom, operand } from '../testing/random.js';

type Pad = 'same' | 'valid' | number | tf.backend_util.ExplicitPadding;

interface Case {
  readonly x: [number, number, number, number];
  readonly window: [number, number];
  readonly strides: [number, number];
  readonly pad: Pad;
  readonly rounding?: 'floor' | 'ceil';
}

function randomCase(random: TestRandom): Case {
  const window: [number, number] = [random.integer(1, 4), random.integer(1, 4)];
  const explicit: tf.backend_util.ExplicitPadding = [
    [0, 0],
    [random.integer(0, window[0] - 1), random.integer(0, window[0] - 1)],
    [random.integer(0, window[1] - 1), random.integer(0, window[1] - 1)],
    [0, 0],
  ];
  return {
    x: [random.integer(1, 3), random.integer(4, 9), random.integer(4, 9), random.pick([1, 3, 4, 7, 8, 13])],
    window,
    strides: [random.integer(1, 3), random.integer(1, 3)],
    pad: random.pick(['same', 'valid', explicit]),
  };
}

const random = new TestRandom(21);
const CASES: readonly Case[] = [
  { x: [3, 8, 8, 16], window: [2, 2], strides: [2, 2], pad: 'valid' },
  { x: [2, 7, 7, 5], window: [3, 3], strides: [2, 2], pad: 1, rounding: 'floor' },
  { x: [2, 8, 7, 5], window: [2, 3], strides: [3, 2], pad: 1, rounding: 'ceil' },
  ...Array.from({ length: 30 }, () => randomCase(random)),
];

function pool(kind: 'max' | 'avg', { window, strides, pad, rounding }: Case) {
  const operation = kind === 'max' ? tf.maxPool<tf.Tensor4D> : tf.avgPool<tf.Tensor4D>;
  return (...[x]: tf.Tensor[]) => operation(x as tf.Tensor4D, window, strides, pad, rounding);
}

const weigh = (count: number): Float32Array => new TestRandom(23).values(count);

describe.each(['max', 'avg'] as const)('%sPool on wasm', (kind) => {
  beforeAll(() => initBackend({ force: 'wasm' }));

  it.each(CASES)('equals cpu, with its gradient: %j', async (test) => {
    const x = operand(new TestRandom(22), test.x);
    expect(await errorOnWasm([x], withGradients(pool(kind, test), weigh))).toBeLessThan(TOLERANCE);
  });

  it.each(CASES.slice(0, 12))('equals cpu where values are equal: %j', async (test) => {
    const x = operand(new TestRandom(24), test.x);
    const rounded = { shape: x.shape, values: x.values.map((value) => Math.round(value)) };
    expect(await errorOnWasm([rounded], withGradients(pool(kind, test), weigh))).toBeLessThan(TOLERANCE);
  });
});

describe('pooling on wasm', () => {
  beforeAll(() => initBackend({ force: 'wasm' }));

  it('gives a tie to the first of equals, and shares a mean among the pixels inside', async () => {
    await tf.setBackend('wasm');
    const gradient = (run: (x: tf.Tensor4D) => tf.Tensor): number[] =>
      tf.tidy(() => {
        const x = tf.tensor4d([5, 5, 1, 5], [1, 2, 2, 1]);
        return Array.from(
          tf
            .grad((value) => tf.sum(run(value as tf.Tensor4D)))(x)
            .dataSync(),
        );
      });
    expect(gradient((x) => tf.maxPool(x, 2, 2, 'valid'))).toEqual([1, 0, 0, 0]);
    expect(gradient((x) => tf.avgPool(x, 2, 2, 'valid'))).toEqual([0.25, 0.25, 0.25, 0.25]);
    // Four windows of one inner pixel each.
    expect(gradient((x) => tf.avgPool(x, 2, 2, 1))).toEqual([1, 1, 1, 1]);
  });

  it('passes NaN over, as cpu does', async () => {
    const x = { shape: [1, 2, 2, 5], values: new TestRandom(1).values(20) };
    x.values[0] = NaN;
    x.values[9] = NaN;
    expect(await errorOnWasm([x], (value) => [tf.maxPool(value as tf.Tensor4D, 2, 2, 'valid')])).toBe(0);
  });

  it('takes an empty batch', async () => {
    await tf.setBackend('wasm');
    const shapes = tf.tidy(() => {
      const run = (x: tf.Tensor) => tf.sum(tf.maxPool(x as tf.Tensor4D, 2, 2, 'valid'));
      return [
        tf.grad(run)(tf.zeros([0, 4, 4, 3])).shape,
        tf.avgPool(tf.zeros<tf.Rank.R4>([0, 4, 4, 3]), 2, 2, 0).shape,
      ];
    });
    expect(shapes).toEqual([
      [0, 4, 4, 3],
      [0, 2, 2, 3],
    ]);
  });
});
