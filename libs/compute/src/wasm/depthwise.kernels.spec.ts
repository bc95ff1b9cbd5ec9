import * as tf from '@tensorflow/tfjs-core';
import { initBackend } from '../backend/init-backend.js';
import { TOLERANCE, errorOnWasm, withGradients } from '../testing/compare.js';
import { TestRandom, operand } from '../testing/random.js';

interface Case {
  readonly x: [number, number, number, number];
  readonly filter: [number, number, number, number];
  readonly stride: [number, number];
  readonly dilation: number;
  readonly pad: 'same' | 'valid' | number | tf.backend_util.ExplicitPadding;
}

function randomCase(random: TestRandom): Case {
  const channels = random.pick([1, 3, 8, 13, 16, 20]);
  const stride = random.pick<[number, number]>([
    [1, 1],
    [1, 1],
    [2, 2],
    [3, 3],
    [2, 1],
    [1, 3],
  ]);
  const top = random.integer(0, 1);
  const uneven: tf.backend_util.ExplicitPadding = [
    [0, 0],
    [top, 1],
    [1 - top, 0],
    [0, 0],
  ];
  return {
    x: [random.integer(1, 4), random.integer(7, 12), random.integer(7, 12), channels],
    filter: [random.pick([1, 3, 5]), random.pick([1, 2, 3]), channels, random.pick([1, 1, 1, 2, 3])],
    stride,
    dilation: stride[0] === 1 && stride[1] === 1 ? random.pick([1, 1, 2]) : 1,
    pad: random.pick<Case['pad']>(['same', 'valid', 1, uneven]),
  };
}

const random = new TestRandom(5);
const CASES = Array.from({ length: 30 }, () => randomCase(random)).map(
  (test) =>
    [
      `x [${test.x}] kernel [${test.filter}] stride ${test.stride} dilation ${test.dilation} pad ${JSON.stringify(test.pad)}`,
      test,
    ] as const,
);

describe('depthwiseConv2d on wasm', () => {
  beforeAll(() => initBackend({ force: 'wasm' }));

  it.each(CASES)('equals cpu, with gradients: %s', async (_name, test) => {
    const draw = new TestRandom(3);
    const run = (...[x, filter]: tf.Tensor[]) =>
      tf.depthwiseConv2d(x as tf.Tensor4D, filter as tf.Tensor4D, test.stride, test.pad, 'NHWC', test.dilation);
    const operands = [operand(draw, test.x), operand(draw, test.filter)];
    const weigh = (count: number) => new TestRandom(4).values(count);
    expect(await errorOnWasm(operands, withGradients(run, weigh))).toBeLessThan(TOLERANCE);
  });
});
