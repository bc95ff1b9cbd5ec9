import * as tf from '@tensorflow/tfjs-core';
import { initBackend, initInferenceBackend } from '../backend/init-backend.js';
import { INFERENCE_KERNELS } from '../generated/inference-kernels.generated.js';
import { TRAINING_KERNELS } from '../generated/training-kernels.generated.js';
import { instantiateKernels } from './kernel-module.js';

/** `[2, 3] x [3, 9]`, small whole numbers, so that every order of summing gives the same bits. */
const A = [1, 2, 3, 4, 5, 6];
const B = Array.from({ length: 27 }, (_, i) => (i % 5) - 2);
const PRODUCT = [0, 1].flatMap((row) =>
  Array.from({ length: 9 }, (_, column) =>
    [0, 1, 2].reduce((sum, k) => sum + (A[row * 3 + k] ?? NaN) * (B[k * 9 + column] ?? NaN), 0),
  ),
);

describe.each([
  ['training', TRAINING_KERNELS],
  ['inference', INFERENCE_KERNELS],
])('the kernels for %s', (_, builds) => {
  it.each([true, false])('run on a memory they do not own, with relaxed SIMD allowed: %s', async (relaxedSimd) => {
    const memory = new WebAssembly.Memory({ initial: 4 });
    const module = await instantiateKernels(memory, { builds, relaxedSimd });
    if (module === undefined) throw new Error('this runtime has no SIMD');
    if (!relaxedSimd) expect(module.relaxedSimd).toBe(false);
    const numbers = new Float32Array(memory.buffer);
    numbers.set(A, 1024);
    numbers.set(B, 2048);
    module.exports.matMul(4096, 8192, 16384, 2, 3, 9, 0, 0, 32768);
    expect(Array.from(numbers.slice(4096, 4096 + 18))).toEqual(PRODUCT);
  });

  it('write nowhere when they start', async () => {
    const memory = new WebAssembly.Memory({ initial: 2 });
    await instantiateKernels(memory, { builds });
    expect(new Uint8Array(memory.buffer).some((byte) => byte !== 0)).toBe(false);
  });
});

it('brings the gradients to a backend that was loaded for inference, when training asks for it', async () => {
  await initInferenceBackend();
  const total = (x: tf.Tensor): tf.Scalar => tf.sum(tf.conv2d(x as tf.Tensor4D, tf.ones([2, 2, 1, 1]), 1, 'valid'));
  await initBackend({ force: 'wasm' });
  const gradient = tf.grad(total)(tf.ones([1, 3, 3, 1]));
  expect(Array.from(await gradient.data())).toEqual([1, 2, 1, 2, 4, 2, 1, 2, 1]);
});
