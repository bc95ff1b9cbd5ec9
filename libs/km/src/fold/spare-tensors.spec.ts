import * as tf from '@tensorflow/tfjs-core';
import { initBackend } from '@kernelcast/compute';
import { SpareTensors } from './spare-tensors.js';

beforeAll(() => initBackend({ force: 'cpu' }));

describe('SpareTensors', () => {
  it('gives what it was given, once', () => {
    const [spare, kernel] = [new SpareTensors(), tf.zeros([2])];
    spare.give(new Map([['kernel', kernel]]));
    expect([spare.take('other'), spare.take('kernel'), spare.take('kernel')]).toEqual([undefined, kernel, undefined]);
    kernel.dispose();
  });

  it('keeps one of each parameter, and none once closed', () => {
    const before = tf.memory().numTensors;
    const spare = new SpareTensors();
    const give = () => spare.give(new Map([['kernel', tf.zeros([2])]]));
    give();
    give();
    expect(tf.memory().numTensors).toBe(before + 1);
    spare.close();
    give();
    expect(tf.memory().numTensors).toBe(before);
  });
});
