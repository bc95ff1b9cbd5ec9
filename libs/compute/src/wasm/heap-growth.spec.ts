import * as tf from '@tensorflow/tfjs-core';
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { initBackend } from '../backend/init-backend.js';
import { addActivate } from '../ops/add-activate.js';
import { batchNormCentred } from '../ops/batch-norm-given.js';
import { batchNormTrain } from '../ops/batch-norm-train.js';
import { modulateKernel } from '../ops/modulate-kernel.js';

/** Activations of 1 MiB, so that a single forgotten one per run is 200 MiB in the end. */
const SHAPE: [number, number, number, number] = [8, 16, 16, 128];
const RUNS = 200;

function step(x: tf.Tensor4D, kernel: tf.Tensor4D, depthwise: tf.Tensor4D, vector: tf.Tensor1D): void {
  tf.tidy(() => {
    const a = tf.ones<tf.Rank.R2>([128, 1]);
    const loss = (image: tf.Tensor): tf.Tensor => {
      const y = tf.conv2d(image as tf.Tensor4D, modulateKernel(kernel, a, tf.transpose(a)), 1, 'same');
      const norm = batchNormTrain(y, vector, vector, { epsilon: 1e-3, activation: 'relu' }).y;
      const other = tf.depthwiseConv2d(norm, depthwise, 1, 'same');
      const centred = batchNormCentred(other, { gamma: vector, beta: vector, variance: vector }, { epsilon: 1e-3 }).y;
      const sum = addActivate(norm, centred, { activation: 'relu6' });
      return tf.sum(tf.mean(tf.avgPool(tf.maxPool(sum, 2, 2, 'valid'), 2, 2, 'valid'), [1, 2]));
    };
    tf.grad(loss)(x).dataSync();
  });
}

describe('the memory of the wasm backend', () => {
  beforeAll(() => initBackend({ force: 'wasm' }));

  it('stays as it is over many training steps', () => {
    const [x, kernel] = [tf.ones<tf.Rank.R4>(SHAPE), tf.ones<tf.Rank.R4>([1, 1, 128, 128])];
    const [depthwise, vector] = [tf.ones<tf.Rank.R4>([3, 3, 128, 1]), tf.ones<tf.Rank.R1>([128])];
    const heapBytes = () => ((tf.backend() as BackendWasm).wasm as unknown as { HEAPU8: Uint8Array }).HEAPU8.length;
    step(x, kernel, depthwise, vector);
    const before = { heap: heapBytes(), tensors: tf.memory().numTensors };
    for (let i = 0; i < RUNS; i++) step(x, kernel, depthwise, vector);
    expect({ heap: heapBytes(), tensors: tf.memory().numTensors }).toEqual(before);
    tf.dispose([x, kernel, depthwise, vector]);
  });
});
