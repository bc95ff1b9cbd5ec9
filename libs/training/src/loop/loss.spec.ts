import * as tf from '@tensorflow/tfjs-core';
import { initBackend } from '@kernelcast/compute';
import { crossEntropy } from './loss.js';

beforeAll(() => initBackend({ force: 'cpu' }));

describe('crossEntropy', () => {
  // Odds 3:1 and 1:1
  const loss = (smoothing: number) =>
    tf.tidy(() => {
      const logits = tf.tensor2d([Math.log(3), 0, 0, 0], [2, 2]);
      return crossEntropy(logits, Uint16Array.of(0, 1), smoothing).dataSync()[0];
    });

  it('is the mean surprise in nats', () => {
    expect(loss(0)).toBeCloseTo((-Math.log(3 / 4) - Math.log(1 / 2)) / 2, 6);
  });

  it('spreads a share of the target over all classes', () => {
    // Target [0.9, 0.1] of odds 3:1; the second image's odds are even, so nothing changes for it.
    expect(loss(0.2)).toBeCloseTo((-0.9 * Math.log(3 / 4) - 0.1 * Math.log(1 / 4) - Math.log(1 / 2)) / 2, 6);
  });
});
