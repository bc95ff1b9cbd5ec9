import * as tf from '@tensorflow/tfjs-core';
import { initBackend } from '../backend/init-backend.js';
import { TestRandom, evaluate, operand, relativeError } from '../testing/random.js';

/** float32 sums in another order: a few units in the last place, far below this. */
const TOLERANCE = 1e-5;

type Activation = tf.fused.Activation;

interface Case {
  readonly batch: number;
  readonly filters: number;
  readonly activation: Activation;
}

const CASES: readonly Case[] = [1, 4].flatMap((batch) =>
  (['linear', 'relu', 'relu6', 'elu'] as const).flatMap((activation) =>
    [3, 8].map((filters): Case => ({ batch, filters, activation })),
  ),
);

function run({ activation }: Case, [x, filter, bias]: tf.Tensor[]): tf.Tensor {
  const operands = { x: x as tf.Tensor4D, filter: filter as tf.Tensor4D, bias: bias as tf.Tensor1D };
  return tf.fused.conv2d({ ...operands, strides: [2, 1], pad: 'same', activation });
}

describe('fused conv2d on wasm', () => {
  beforeAll(() => initBackend({ force: 'wasm' }));

  it.each(CASES)('equals cpu: %j', async (test) => {
    const random = new TestRandom(3);
    const operands = [
      operand(random, [test.batch, 7, 6, 5]),
      operand(random, [3, 3, 5, test.filters]),
      operand(random, [test.filters]),
    ];
    const both = (...tensors: tf.Tensor[]): tf.Tensor[] => [run(test, tensors)];
    const [expected] = await evaluate('cpu', operands, both);
    const [actual] = await evaluate('wasm', operands, both);
    expect(relativeError(actual as Float32Array, expected as Float32Array)).toBeLessThan(TOLERANCE);
  });

  it('reads no bias of another size', () => {
    const tensors = [tf.ones([4, 5, 5, 2]), tf.ones([3, 3, 2, 4]), tf.ones([1])];
    expect(() => run({ batch: 4, filters: 4, activation: 'relu' }, tensors)).toThrow(/bias/);
    tf.dispose(tensors);
  });

  it('leaks no tensor', async () => {
    await tf.setBackend('wasm');
    const tensors = [tf.ones([4, 5, 5, 2]), tf.ones([3, 3, 2, 4]), tf.ones([4])];
    const before = tf.memory().numTensors;
    run({ batch: 4, filters: 4, activation: 'relu' }, tensors).dispose();
    expect(tf.memory().numTensors).toBe(before);
    tf.dispose(tensors);
  });
});
