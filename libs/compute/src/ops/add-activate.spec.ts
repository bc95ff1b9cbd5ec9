import * as tf from '@tensorflow/tfjs-core';
import { initBackend } from '../backend/init-backend.js';
import { addActivate } from './add-activate.js';

const LEFT = [-3, 1, 2, 5, 0.5];
const RIGHT = [1, 1, -4, 3, -0.5];

/** Value and both gradients of `3 * sum(activation(left + right))`. */
function run(activation: 'none' | 'relu' | 'relu6'): number[][] {
  return tf.tidy(() => {
    const operands = [tf.tensor1d(LEFT), tf.tensor1d(RIGHT)];
    const [a, b] = operands as [tf.Tensor1D, tf.Tensor1D];
    const gradients = tf.grads((x, y) => tf.mul(3, tf.sum(addActivate(x, y, { activation }))))(operands);
    return [addActivate(a, b, { activation }), ...gradients].map((tensor) => Array.from(tensor.dataSync()));
  });
}

describe.each(['wasm', 'cpu'] as const)('addActivate on %s', (backend) => {
  beforeAll(async () => {
    await initBackend({ force: 'wasm' });
    await tf.setBackend(backend);
  });

  it('adds', () => {
    const every = [3, 3, 3, 3, 3];
    expect(run('none')).toEqual([[-2, 2, -2, 8, 0], every, every]);
  });

  it('cuts at zero, where no gradient passes', () => {
    const passed = [0, 3, 0, 3, 0];
    expect(run('relu')).toEqual([[0, 2, 0, 8, 0], passed, passed]);
  });

  it('cuts at zero and six', () => {
    const passed = [0, 3, 0, 0, 0];
    expect(run('relu6')).toEqual([[0, 2, 0, 6, 0], passed, passed]);
  });

  it('has the gradients of relu and relu6 in tf', () => {
    const gradient = (f: (x: tf.Tensor) => tf.Tensor) =>
      tf.tidy(() =>
        Array.from(
          tf
            .grad((x) => tf.sum(f(x)))(tf.tensor1d([-1, 0, 2, 6, 7]))
            .dataSync(),
        ),
      );
    expect(gradient((x) => tf.relu(x))).toEqual([0, 0, 1, 1, 1]);
    expect(gradient((x) => tf.relu6(x))).toEqual([0, 0, 1, 0, 0]);
  });

  it('leaks no tensor', () => {
    run('relu');
    const before = tf.memory();
    run('relu');
    expect([tf.memory().numTensors, tf.memory().numBytes]).toEqual([before.numTensors, before.numBytes]);
  });
});
