import * as tf from '@tensorflow/tfjs-core';
import { initInferenceBackend } from './init-backend.js';

describe('initInferenceBackend', () => {
  it('loads wasm and no gradients', async () => {
    const info = await initInferenceBackend();
    expect(info).toMatchObject({ name: 'wasm', simd: true });
    expect(await initInferenceBackend()).toBe(info);
    expect(tf.getGradient(tf.Conv2D)).toBeUndefined();
  });
});
