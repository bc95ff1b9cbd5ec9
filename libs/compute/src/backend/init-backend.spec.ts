import * as tf from '@tensorflow/tfjs-core';
import { initBackend, initInferenceBackend } from './init-backend.js';

describe('initBackend', () => {
  it('fails clearly when a native binding that is not installed is forced', async () => {
    await expect(initBackend({ force: 'tfjs-node-gpu' })).rejects.toMatchObject({ code: 'backend_unavailable' });
  });

  it('loads wasm with its kernels after that, once', async () => {
    const info = await initBackend({ force: 'wasm' });
    expect(info).toMatchObject({ name: 'wasm', simd: true });
    expect(tf.getBackend()).toBe('wasm');
    expect(await initBackend()).toBe(info);
    expect(await initBackend({ force: 'wasm' })).toBe(info);
  });

  it('keeps the training backend for inference in the same process', async () => {
    expect(await initInferenceBackend()).toBe(await initBackend());
  });

  it('switches when another backend is forced', async () => {
    expect((await initBackend({ force: 'cpu' })).name).toBe('cpu');
    expect(tf.getBackend()).toBe('cpu');
  });

  it('clones without copying on wasm', async () => {
    await initBackend({ force: 'wasm' });
    const tensor = tf.ones([10]);
    const clone = tf.clone(tensor);
    expect(clone.dataId).toBe(tensor.dataId);
    tensor.dispose();
    expect(Array.from(clone.dataSync())).toEqual(Array(10).fill(1));
    clone.dispose();
  });
});
