// The whole package: the core alone registers no gradients.
import * as tf from '@tensorflow/tfjs';
import { initInferenceBackend } from '@kernelcast/compute';
import type { AveragePoolNode, MaxPoolNode, Padding } from './graph.types.js';
import { averagePool, maxPool } from './pool.js';

const UNPADDED: Padding = [
  [0, 0],
  [0, 0],
];
/** 1 2 3 / 4 5 6 / 7 8 9. */
const NINE = [1, 2, 3, 4, 5, 6, 7, 8, 9];

const aMaxPool = (overrides: Partial<MaxPoolNode> = {}): MaxPoolNode => ({
  id: 'pool',
  op: 'maxPool',
  input: 'input',
  poolSize: [2, 2],
  strides: [1, 1],
  padding: UNPADDED,
  ...overrides,
});
const anAveragePool = (overrides: Partial<AveragePoolNode> = {}): AveragePoolNode => ({
  ...aMaxPool(),
  op: 'averagePool',
  countPadding: false,
  ...overrides,
});
const picture = (values: readonly number[] = NINE): tf.Tensor4D => tf.tensor4d([...values], [1, 3, 3, 1]);
const BORDER: Padding = [
  [1, 1],
  [1, 1],
];
const END: Padding = [
  [0, 1],
  [0, 1],
];
const TOP: Padding = [
  [1, 0],
  [0, 0],
];

beforeAll(async () => {
  await initInferenceBackend();
});

describe.each(['cpu', 'wasm'])('pooling on %s', (backend) => {
  beforeAll(() => tf.setBackend(backend));

  const max = (node: MaxPoolNode, values?: readonly number[]) =>
    tf.tidy(() => [...maxPool(node, picture(values)).dataSync()]);
  const mean = (node: AveragePoolNode) => tf.tidy(() => [...averagePool(node, picture()).dataSync()]);

  it('takes the maximum of each window', () => {
    expect(max(aMaxPool())).toEqual([5, 6, 8, 9]);
    expect(max(aMaxPool({ poolSize: [1, 3], strides: [2, 1] }))).toEqual([3, 9]);
    expect(max(aMaxPool({ poolSize: [1, 1], strides: [2, 2] }))).toEqual([1, 3, 7, 9]);
  });

  it('never lets padding win, not even over negative numbers', () => {
    const node = aMaxPool({ poolSize: [3, 3], strides: [2, 2], padding: BORDER });
    expect(max(node)).toEqual([5, 6, 8, 9]);
    expect(
      max(
        node,
        NINE.map((value) => -value),
      ),
    ).toEqual([-1, -2, -4, -5]);
  });

  it('keeps channels apart', () => {
    const result = tf.tidy(() => [
      ...maxPool(aMaxPool({ poolSize: [1, 2] }), tf.tensor4d([1, 20, 3, 10], [1, 1, 2, 2])).dataSync(),
    ]);
    expect(result).toEqual([3, 20]);
  });

  it('averages each window', () => {
    expect(mean(anAveragePool())).toEqual([3, 4, 6, 7]);
  });

  it.each<[string, AveragePoolNode, number[]]>([
    // Windows 1 2 4 5, then 3 6, 7 8 and 9 beside two or three places of padding.
    ['leaves padding out', anAveragePool({ strides: [2, 2], padding: END }), [3, 4.5, 7.5, 9]],
    [
      'counts padding as zeros when told so',
      anAveragePool({ strides: [2, 2], padding: END, countPadding: true }),
      [3, 2.25, 3.75, 2.25],
    ],
    [
      'leaves padding out at the top of a window that is no square',
      anAveragePool({ poolSize: [2, 1], strides: [1, 2], padding: TOP }),
      [1, 3, 2.5, 4.5, 5.5, 7.5],
    ],
  ])('%s', (_, node, expected) => {
    const result = mean(node);
    expect(result).toHaveLength(expected.length);
    // Thirds and the like are rounded; these are not, but a backend may multiply by a rounded reciprocal.
    expected.forEach((value, i) => expect(result[i]).toBeCloseTo(value, 5));
  });

  it('leaks nothing', () => {
    const x = picture();
    const before = tf.memory().numTensors;
    maxPool(aMaxPool({ poolSize: [3, 3], padding: BORDER }), x).dispose();
    averagePool(anAveragePool({ padding: END }), x).dispose();
    expect(tf.memory().numTensors).toBe(before);
    x.dispose();
  });
});

describe('gradients of pooling', () => {
  beforeAll(() => tf.setBackend('cpu'));

  const gradient = (run: (x: tf.Tensor4D) => tf.Tensor) =>
    tf.tidy(() => [
      ...tf
        .grad((x) => tf.sum(run(x as tf.Tensor4D)))(picture())
        .dataSync(),
    ]);

  it('go to the maximum of each padded window', () => {
    const node = aMaxPool({ poolSize: [3, 3], strides: [2, 2], padding: BORDER });
    expect(gradient((x) => maxPool(node, x))).toEqual([0, 0, 0, 0, 1, 1, 0, 1, 1]);
  });

  it('are shared by the real pixels of each window', () => {
    const node = anAveragePool({ strides: [2, 2], padding: END });
    expect(gradient((x) => averagePool(node, x))).toEqual([0.25, 0.25, 0.5, 0.25, 0.25, 0.5, 0.5, 0.5, 1]);
  });
});
