import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { normalise } from './normalise.js';

const spec = { height: 1, width: 2, channels: 3, mean: [0, 0.5, 1], std: [1, 0.5, 0.25] };

beforeAll(async () => {
  await tf.setBackend('cpu');
});

describe('normalise', () => {
  it('scales bytes to [0, 1], then to the mean and deviation of each channel', () => {
    const x = normalise(Uint8Array.of(255, 255, 255, 0, 0, 0), 1, spec);
    expect(x.shape).toEqual([1, 1, 2, 3]);
    expect([...x.dataSync()]).toEqual([1, 1, 0, 0, -1, -4]);
    x.dispose();
  });

  it('refuses bytes that are not that many images', () => {
    expect(() => normalise(new Uint8Array(7), 1, spec)).toThrow('1 images are 6 bytes, not 7');
  });
});
