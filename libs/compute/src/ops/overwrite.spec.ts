import * as tf from '@tensorflow/tfjs-core';
import { initBackend } from '../backend/init-backend.js';
import { TestRandom } from '../testing/random.js';
import { modulateKernelBy } from './modulate-kernel.js';
import { currentOverwriter, type Overwriter } from './overwrite.js';

function wasmOverwriter(): Overwriter {
  const overwriter = currentOverwriter();
  if (overwriter === undefined) throw new Error('the wasm backend has none');
  return overwriter;
}

describe('currentOverwriter', () => {
  beforeEach(() => initBackend({ force: 'wasm' }));

  it('writes numbers over a tensor, allocating nothing', () => {
    const target = tf.tensor([1, 2, 3]);
    const before = tf.memory();
    wasmOverwriter().write(target, Float32Array.of(4, 5, 6));
    expect([...target.dataSync()]).toEqual([4, 5, 6]);
    expect([tf.memory().numTensors, tf.memory().numBytes]).toEqual([before.numTensors, before.numBytes]);
    target.dispose();
  });

  it.each([
    [3, 3, 5, 7, 2],
    [1, 1, 9, 40, 3],
  ])(
    'modulates a %ix%i kernel of %i and %i channels over a tensor as modulateKernel does, bit for bit',
    (kh, kw, i, o, rank) => {
      // prettier-ignore
      const random = new TestRandom(o);
      const shape = [kh, kw, i, o] as [number, number, number, number];
      const kernel = tf.tensor4d(random.values(kh * kw * i * o), shape);
      const [a, b] = [random.values(o * rank), random.values(rank * i)];
      const expected = modulateKernelBy(kernel, { a, b, rank });
      const target = tf.zeros(shape);
      wasmOverwriter().modulate(target, kernel, { a, b }, { taps: kh * kw, inChannels: i, outChannels: o, rank });
      expect(target.dataSync()).toEqual(expected.dataSync());
      tf.dispose([kernel, expected, target]);
    },
  );

  it("leaves nothing of the old numbers in a convolution of tfjs' own that keeps its packed filters", () => {
    const x = tf.ones<tf.Rank.R4>([1, 4, 4, 2]);
    const filter = tf.ones<tf.Rank.R4>([2, 2, 2, 2]);
    const sums = [1, 3].map((value) => {
      wasmOverwriter().write(filter, new Float32Array(16).fill(value));
      return tf.tidy(() => tf.sum(tf.conv2d(x, filter, [2, 1], [[0, 0], [0, 1], [1, 0], [0, 0]])).dataSync()[0]); // prettier-ignore
    });
    expect(sums[1]).toBe(3 * (sums[0] ?? NaN));
    tf.dispose([x, filter]);
  });

  it('refuses sizes that do not fit', () => {
    const [target, kernel] = [tf.zeros([6]), tf.zeros([1, 1, 2, 3])];
    const sizes = { taps: 1, inChannels: 2, outChannels: 3, rank: 1 };
    const [a, b] = [new Float32Array(3), new Float32Array(2)];
    expect(() => wasmOverwriter().write(target, new Float32Array(7))).toThrow(RangeError);
    expect(() => wasmOverwriter().modulate(target, kernel, { a: b, b }, sizes)).toThrow(RangeError);
    expect(() => wasmOverwriter().modulate(target, kernel, { a, b: a }, sizes)).toThrow(RangeError);
    expect(() => wasmOverwriter().modulate(target, kernel, { a, b }, { ...sizes, taps: 2 })).toThrow(RangeError);
    tf.dispose([target, kernel]);
  });

  it('is nothing that the cpu backend has', async () => {
    await initBackend({ force: 'cpu' });
    expect(currentOverwriter()).toBeUndefined();
  });
});
