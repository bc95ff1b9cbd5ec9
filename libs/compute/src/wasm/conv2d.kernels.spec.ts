import * as tf from '@tensorflow/tfjs-core';
import { initBackend } from '../backend/init-backend.js';
import { TOLERANCE, errorOnWasm, withGradients } from '../testing/compare.js';
import { TestRandom, operand } from '../testing/random.js';

interface Case {
  readonly x: [number, number, number, number];
  readonly filter: [number, number, number, number];
  readonly strides: [number, number];
  readonly dilations: [number, number];
  readonly pad: 'same' | 'valid' | tf.backend_util.ExplicitPadding;
}

function conv(test: Case, x: tf.Tensor, filter: tf.Tensor): tf.Tensor {
  return tf.conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, test.strides, test.pad, 'NHWC', test.dilations);
}

function randomCase(random: TestRandom): Case {
  const kernel = [random.pick([1, 1, 2, 3, 3, 5]), random.pick([1, 2, 3, 3, 4])] as const;
  const strides: [number, number] = [random.pick([1, 1, 2, 3]), random.pick([1, 1, 2])];
  const dilated = strides[0] === 1 && strides[1] === 1 && random.next() < 0.4;
  const dilations: [number, number] = dilated ? [random.pick([1, 2]), random.pick([2, 3])] : [1, 1];
  const channels = random.pick([1, 3, 4, 5, 8, 17]);
  const top = random.integer(0, 2);
  const explicit: tf.backend_util.ExplicitPadding = [
    [0, 0],
    [top, random.integer(0, 2)],
    [random.integer(0, 2), 1],
    [0, 0],
  ];
  return {
    x: [random.pick([1, 2, 4, 5, 9]), random.integer(7, 10), random.integer(8, 11), channels],
    filter: [kernel[0], kernel[1], channels, random.pick([1, 2, 7, 8, 12, 19])],
    strides,
    dilations,
    pad: random.pick(['same', 'valid', explicit]),
  };
}

function named(test: Case): string {
  return `x [${test.x}] kernel [${test.filter}] strides ${test.strides} dilations ${test.dilations} pad ${JSON.stringify(test.pad)}`;
}

/** Shapes that take the 3 x 3 short cut: even and odd maps, batches that do not fill a block. */
const WINOGRAD: Case['x'][] = [
  [3, 8, 8, 16],
  [4, 7, 9, 16],
  [5, 6, 5, 16],
  [4, 12, 11, 16],
  [5, 4, 4, 16],
  [3, 19, 17, 16],
];

const random = new TestRandom(7);
const SHAPES: readonly Case[] = [
  {
    x: [8, 2, 2, 16],
    filter: [3, 3, 16, 24],
    strides: [1, 1],
    dilations: [1, 1],
    pad: [
      [0, 0],
      [1, 1],
      [1, 1],
      [0, 0],
    ],
  },
  { x: [6, 4, 4, 8], filter: [1, 1, 8, 16], strides: [2, 2], dilations: [1, 1], pad: 'valid' },
  { x: [3, 17, 16, 3], filter: [3, 3, 3, 32], strides: [1, 1], dilations: [1, 1], pad: 'same' },
  { x: [70, 3, 3, 4], filter: [1, 1, 4, 9], strides: [1, 1], dilations: [1, 1], pad: 'valid' },
  {
    x: [24, 9, 9, 4],
    filter: [3, 3, 4, 4],
    strides: [2, 2],
    dilations: [1, 1],
    pad: [
      [0, 0],
      [1, 1],
      [1, 1],
      [0, 0],
    ],
  },
  ...WINOGRAD.map((x, i): Case => ({
    x,
    filter: [3, 3, x[3], i % 2 ? 24 : 16],
    strides: [1, 1],
    dilations: [1, 1],
    pad: (
      [
        'same',
        'valid',
        [
          [0, 0],
          [2, 0],
          [0, 2],
          [0, 0],
        ],
      ] as const
    )[i % 3] as Case['pad'],
  })),
  ...Array.from({ length: 36 }, () => randomCase(random)),
];

describe('conv2d on wasm', () => {
  beforeAll(() => initBackend({ force: 'wasm' }));

  it.each(SHAPES.map((test) => [named(test), test] as const))('equals cpu, with gradients: %s', async (_name, test) => {
    const draw = new TestRandom(11);
    const operands = [operand(draw, test.x), operand(draw, test.filter)];
    const run = (...[x, filter]: tf.Tensor[]) => conv(test, x as tf.Tensor, filter as tf.Tensor);
    const weigh = (count: number) => new TestRandom(12).values(count);
    expect(await errorOnWasm(operands, withGradients(run, weigh))).toBeLessThan(TOLERANCE);
  });

  it('computes no filter gradient for a kernel that is not differentiated', async () => {
    await tf.setBackend('wasm');
    const filter = tf.ones<tf.Rank.R4>([3, 3, 2, 2]);
    const profile = await tf.profile(() =>
      tf.grad((x) => tf.sum(tf.conv2d(x as tf.Tensor4D, filter, 1, 'same')))(tf.ones([1, 5, 5, 2])),
    );
    expect(profile.kernelNames).toContain(tf.Conv2DBackpropInput);
    expect(profile.kernelNames).not.toContain(tf.Conv2DBackpropFilter);
  });

  it('takes an empty batch', async () => {
    await tf.setBackend('wasm');
    const shapes = tf.tidy(() => {
      const [x, filter] = [tf.zeros([0, 5, 5, 2]), tf.ones([3, 3, 2, 4])];
      const run = (a: tf.Tensor, b: tf.Tensor) => tf.conv2d(a as tf.Tensor4D, b as tf.Tensor4D, 1, 'same');
      const [dx, dw] = tf.grads((a, b) => tf.sum(run(a, b)))([x, filter]);
      return [run(x, filter).shape, dx?.shape, dw?.sum().dataSync()[0]];
    });
    expect(shapes).toEqual([[0, 5, 5, 4], [0, 5, 5, 2], 0]);
  });
});
