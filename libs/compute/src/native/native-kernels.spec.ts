import * as tf from '@tensorflow/tfjs-core';
import { addActivate } from '../ops/add-activate.js';
import { batchNormTrain } from '../ops/batch-norm-train.js';
import { modulateKernel } from '../ops/modulate-kernel.js';
import { describeNative, initNative } from '../testing/native.js';
import { TestRandom, evaluate, operand, relativeError, type Operand } from '../testing/random.js';
import { initBackend } from '../backend/init-backend.js';
import { NATIVE } from './native-ops.js';

/** Single precision, two orders of summation. */
const TOLERANCE = 2e-5;

type Compute = (...tensors: tf.Tensor[]) => tf.Tensor[];

/** The result and, weighted so that no two elements count the same, the gradients with respect to every operand. */
function withGradients(compute: (...tensors: tf.Tensor[]) => tf.Tensor): Compute {
  return (...tensors) => {
    const y = compute(...tensors);
    const weights = tf.tensor(new TestRandom(99).values(y.size), y.shape);
    const loss = (...inputs: tf.Tensor[]) => tf.sum(tf.mul(compute(...inputs), weights));
    return [y, ...tf.grads(loss)(tensors)];
  };
}

async function expectSameAsCpu(operands: readonly Operand[], compute: Compute): Promise<void> {
  const expected = await evaluate('cpu', operands, compute);
  const actual = await evaluate(NATIVE, operands, compute);
  actual.forEach((values, i) => expect(relativeError(values, expected[i] as Float32Array)).toBeLessThan(TOLERANCE));
}

const CONVOLUTIONS = [
  { size: [7, 8], kernel: [3, 3], strides: [1, 1], dilations: [1, 1], pad: 'same' },
  { size: [7, 8], kernel: [3, 3], strides: [2, 2], dilations: [1, 1], pad: 'same' },
  { size: [8, 8], kernel: [3, 3], strides: [2, 2], dilations: [1, 1], pad: 1 },
  { size: [9, 9], kernel: [3, 3], strides: [2, 2], dilations: [1, 1], pad: 1 },
  { size: [8, 9], kernel: [1, 1], strides: [2, 2], dilations: [1, 1], pad: 'valid' },
  { size: [8, 9], kernel: [2, 3], strides: [1, 2], dilations: [1, 1], pad: [[0, 0], [0, 2], [1, 0], [0, 0]] }, // prettier-ignore
  { size: [9, 8], kernel: [3, 3], strides: [1, 1], dilations: [2, 2], pad: 'same' },
  { size: [9, 8], kernel: [3, 2], strides: [1, 1], dilations: [1, 3], pad: 2 },
] as const;

describeNative('kernels of the native backend', () => {
  beforeAll(async () => {
    await initBackend({ force: 'cpu' });
    await initNative();
  });

  it.each(CONVOLUTIONS)('convolve as the cpu backend does: %j', async ({ size, kernel, strides, dilations, pad }) => {
    const random = new TestRandom(1);
    const operands = [operand(random, [2, ...size, 4]), operand(random, [...kernel, 4, 5])];
    const compute = withGradients((x, filter) =>
      tf.conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, [...strides], pad as number, 'NHWC', [...dilations]),
    );
    await expectSameAsCpu(operands, compute);
  });

  it.each(CONVOLUTIONS)('convolve by depth as the cpu backend does: %j', async (conv) => {
    const { size, kernel, strides, dilations, pad } = conv;
    // tfjs takes only square strides here.
    const stride = strides[0] === strides[1] ? [...strides] : 1;
    const random = new TestRandom(2);
    const operands = [operand(random, [2, ...size, 3]), operand(random, [...kernel, 3, 2])];
    const compute = withGradients(
      (x, filter) =>
      tf.depthwiseConv2d(x as tf.Tensor4D, filter as tf.Tensor4D, stride as number, pad as number, 'NHWC', [...dilations]), // prettier-ignore
    );
    await expectSameAsCpu(operands, compute);
  });

  it.each([
    { shape: [4, 3, 5, 6], activation: 'none' },
    { shape: [4, 3, 5, 6], activation: 'relu' },
    { shape: [4, 3, 5, 6], activation: 'relu6' },
    { shape: [40, 6], activation: 'relu' },
    { shape: [1, 1, 1, 6], activation: 'none' },
  ] as const)('normalise by batch statistics as the cpu backend does: %j', async ({ shape, activation }) => {
    const random = new TestRandom(3);
    const operands = [operand(random, [...shape]), operand(random, [6]), operand(random, [6])];
    const run = (x: tf.Tensor, gamma: tf.Tensor, beta: tf.Tensor) =>
      batchNormTrain(x, gamma as tf.Tensor1D, beta as tf.Tensor1D, { epsilon: 1e-3, activation });
    await expectSameAsCpu(operands, (x, gamma, beta) => {
      const { y, mean, variance } = run(x as tf.Tensor, gamma as tf.Tensor, beta as tf.Tensor);
      return [y, mean, variance];
    });
    await expectSameAsCpu(operands, withGradients((x, gamma, beta) => run(x as tf.Tensor, gamma as tf.Tensor, beta as tf.Tensor).y)); // prettier-ignore
  });

  it.each(['relu', 'relu6', 'none'] as const)('add and apply %s as the cpu backend does', async (activation) => {
    const random = new TestRandom(4);
    const operands = [operand(random, [3, 4]), operand(random, [3, 4])];
    await expectSameAsCpu(
      operands,
      withGradients((a, b) => addActivate(tf.mul(a as tf.Tensor, 9), b as tf.Tensor, { activation })),
    );
  });

  it('modulate a kernel as the cpu backend does', async () => {
    const random = new TestRandom(5);
    const kernel = random.values(3 * 3 * 4 * 5);
    const operands = [operand(random, [5, 2]), operand(random, [2, 4])];
    await expectSameAsCpu(
      operands,
      withGradients((a, b) => modulateKernel(tf.tensor4d(kernel, [3, 3, 4, 5]), a as tf.Tensor2D, b as tf.Tensor2D)),
    );
  });

  it('leave no tensor behind', async () => {
    await tf.setBackend(NATIVE);
    const random = new TestRandom(6);
    const [x, filter, gamma] = [[2, 6, 6, 3], [3, 3, 3, 3], [3]].map((shape) =>
      tf.tensor(random.values(tf.util.sizeFromShape(shape)), shape),
    ) as unknown as [tf.Tensor4D, tf.Tensor4D, tf.Tensor1D];
    const step = () => {
      const loss = (input: tf.Tensor, kernel: tf.Tensor) => {
        const y = tf.conv2d(input as tf.Tensor4D, kernel as tf.Tensor4D, 2, 1);
        return tf.sum(batchNormTrain(y as tf.Tensor, gamma, gamma, { epsilon: 1e-3, activation: 'relu' }).y);
      };
      const operands: tf.Tensor[] = [x, filter];
      tf.dispose(tf.tidy(() => tf.grads(loss)(operands)));
    };
    step();
    const { numTensors, numDataBuffers } = tf.memory();
    step();
    expect(tf.memory()).toMatchObject({ numTensors, numDataBuffers });
    tf.dispose([x, filter, gamma]);
  });
});
