import * as tf from '@tensorflow/tfjs-core';
import { initBackend } from '../backend/init-backend.js';
import { TestRandom, evaluate, operand, relativeError } from '../testing/random.js';

const TOLERANCE = 1e-5;

interface Case {
  readonly x: [number, number, number, number];
  readonly filter: [number, number, number, number];
  readonly stride: number;
  readonly dilation: number;
  readonly pad: 'same' | 'valid' | number;
}

async function results(backend: string, test: Case): Promise<Float32Array[]> {
  const random = new TestRandom(3);
  const operands = [operand(random, test.x), operand(random, test.filter)];
  const conv = (x: tf.Tensor, filter: tf.Tensor) =>
    tf.depthwiseConv2d(x as tf.Tensor4D, filter as tf.Tensor4D, test.stride, test.pad, 'NHWC', test.dilation);
  return evaluate(backend, operands, (x, filter) => {
    const y = conv(x as tf.Tensor, filter as tf.Tensor);
    const weights = tf.tensor(new TestRandom(4).values(y.size), y.shape);
    const gradients = tf.grads((a, b) => tf.sum(tf.mul(conv(a, b), weights)));
    return [y, ...gradients([x as tf.Tensor, filter as tf.Tensor])];
  });
}

function randomCase(random: TestRandom): Case {
  const channels = random.pick([1, 3, 8, 13, 16, 20]);
  const stride = random.pick([1, 1, 2, 3]);
  return {
    x: [random.integer(1, 4), random.integer(7, 12), random.integer(7, 12), channels],
    filter: [random.pick([1, 3, 5]), random.pick([1, 2, 3]), channels, random.pick([1, 1, 1, 2, 3])],
    stride,
    dilation: stride === 1 ? random.pick([1, 1, 2]) : 1,
    pad: random.pick(['same', 'valid', 1]),
  };
}

const random = new TestRandom(5);
const CASES = Array.from({ length: 30 }, () => randomCase(random)).map(
  (test) =>
    [
      `x [${test.x}] kernel [${test.filter}] stride ${test.stride} dilation ${test.dilation} pad ${test.pad}`,
      test,
    ] as const,
);

describe('depthwiseConv2d on wasm', () => {
  beforeAll(() => initBackend({ force: 'wasm' }));

  it.each(CASES)('equals cpu, with gradients: %s', async (_name, test) => {
    const expected = await results('cpu', test);
    const actual = await results('wasm', test);
    const errors = actual.map((values, i) => relativeError(values, expected[i] as Float32Array));
    expect(Math.max(...errors)).toBeLessThan(TOLERANCE);
  });
});
