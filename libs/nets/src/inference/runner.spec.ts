import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { aConv, aGraph, aPool } from '../testing/graph.factory.js';
import { createRunner } from './runner.js';

const network = {
  graph: aGraph([aConv(), aPool('conv')], 2, 1),
  // Feature 0 is red, feature 1 is blue.
  weights: new Map([['conv/kernel', { shape: [1, 1, 3, 2], data: Float32Array.of(1, 0, 0, 0, 0, 1) }]]),
};
const head = {
  kernel: { shape: [2, 3], data: Float32Array.of(1, 0, 10, 0, 1, 20) },
  bias: { shape: [3], data: Float32Array.of(0, 0, 5) },
};

beforeAll(async () => {
  await tf.setBackend('cpu');
});

describe('createRunner', () => {
  it('classifies by features and head', () => {
    const runner = createRunner(network, head);
    expect([...runner.predict(Uint8Array.of(255, 0, 0, 0, 9, 255))]).toEqual([1, 0, 15, 0, 1, 25]);
    expect([...runner.predictNormalised(Float32Array.of(2, 0, 1))]).toEqual([2, 1, 45]);
    runner.dispose();
  });

  it('yields features without a head', () => {
    const runner = createRunner(network);
    expect([...runner.predict(Uint8Array.of(255, 7, 0))]).toEqual([1, 0]);
    runner.dispose();
  });

  it('gives more images than one pass holds in their order', () => {
    const runner = createRunner(network);
    const images = Uint8Array.from({ length: 300 * 3 }, (_, i) => (i % 3 === 0 ? (i / 3) % 256 : 0));
    const features = runner.predict(images);
    expect(features).toHaveLength(600);
    expect([0, 127, 128, 255, 299].map((n) => Math.round((features[n * 2] ?? 0) * 255))).toEqual([
      0, 127, 128, 255, 43,
    ]);
    expect(runner.predict(new Uint8Array(0))).toHaveLength(0);
    runner.dispose();
  });

  it('refuses a part of an image', () => {
    const runner = createRunner(network);
    expect(() => runner.predict(new Uint8Array(4))).toThrow(RangeError);
    runner.dispose();
  });

  it('leaks no tensor, neither by predicting nor when disposed', () => {
    const before = tf.memory().numTensors;
    const runner = createRunner(network, head);
    runner.predict(new Uint8Array(3));
    const between = tf.memory().numTensors;
    runner.predict(new Uint8Array(6));
    expect(tf.memory().numTensors).toBe(between);
    runner.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  it('outlives the scope in which it was made', () => {
    const runner = tf.tidy(() => {
      const made = createRunner(network, head);
      return Object.assign(tf.scalar(0), { made });
    }).made;
    expect(runner.predict(new Uint8Array(3))).toHaveLength(3);
    runner.dispose();
  });
});
