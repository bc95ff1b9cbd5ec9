// The whole package: the core alone registers no gradients.
import * as tf from '@tensorflow/tfjs';
import { aBatchNorm, aConv, aDepthwiseConv, aGraph, aPool } from '../testing/graph.factory.js';
import { inferenceHooks } from '../inference/inference-hooks.js';
import type { GraphNode } from './graph.types.js';
import { runGraph } from './run-graph.js';
import type { GraphHooks } from './run-graph.js';

/** Red 1 2 / 3 4, green 10 everywhere, blue 0. */
const PIXELS = [1, 10, 0, 2, 10, 0, 3, 10, 0, 4, 10, 0];

const NONE = [
  [0, 0],
  [0, 0],
] as const;
const BORDER = [
  [1, 1],
  [1, 1],
] as const;

beforeAll(async () => {
  await tf.setBackend('cpu');
});

function run(nodes: readonly GraphNode[], featureSize: number, tensors: Record<string, tf.Tensor>): number[] {
  return tf.tidy(() => {
    const hooks = inferenceHooks(new Map(Object.entries(tensors)));
    return [...runGraph(aGraph(nodes, featureSize), tf.tensor4d(PIXELS, [1, 2, 2, 3]), hooks).dataSync()];
  });
}

describe('runGraph', () => {
  it('convolves with a bias and averages over the picture', () => {
    const kernel = tf.tensor4d([1, 0, 0, 1, 5, 5], [1, 1, 3, 2]);
    const features = run([aConv({ useBias: true }), aPool('conv')], 2, {
      'conv/kernel': kernel,
      'conv/bias': tf.tensor1d([100, -1]),
    });
    // Red averages (1 + 2 + 3 + 4) / 4 = 2.5, green 10; blue is zero.
    expect(features).toEqual([102.5, 9]);
  });

  it('pads a strided kernel explicitly, top and left as well as bottom and right', () => {
    const padded = aConv({
      kernelSize: [3, 3],
      filters: 1,
      strides: [2, 2],
      padding: [
        [1, 1],
        [1, 1],
      ],
    });
    // Only the kernel's centre reads red: one output, at the top left pixel. "Same" padding would read 4.
    const values = new Float32Array(27);
    values[(1 * 3 + 1) * 3] = 1;
    const features = run([padded, aPool('conv')], 1, { 'conv/kernel': tf.tensor4d(values, [3, 3, 3, 1]) });
    expect(features).toEqual([1]);
  });

  it('keeps groups of channels apart', () => {
    const tensors = {
      'wide/kernel': tf.tensor4d([1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0], [1, 1, 3, 4]),
      'conv/kernel': tf.tensor4d([2, 3, 5, 7], [1, 1, 2, 2]),
    };
    const wide = aConv({ id: 'wide', filters: 4 });
    const grouped = aConv({ input: 'wide', inChannels: 4, filters: 2, groups: 2 });
    // Group 0 sees red (2.5) and green (10): 2 · 2.5 + 5 · 10; group 1 sees two empty channels.
    expect(run([wide, grouped, aPool('conv')], 2, tensors)).toEqual([55, 0]);
  });

  it('convolves depthwise, each channel by its own multiplied kernels', () => {
    const kernel = tf.tensor4d([1, 2, 3, 4, 5, 6], [1, 1, 3, 2]);
    const features = run([aDepthwiseConv({ multiplier: 2 }), aPool('depthwise')], 6, { 'depthwise/kernel': kernel });
    expect(features).toEqual([2.5, 5, 30, 40, 0, 0]);
  });

  it('spreads the taps of a dilated kernel', () => {
    const diagonal = aConv({ kernelSize: [2, 2], filters: 1, padding: BORDER, dilations: [2, 2] });
    const values = new Float32Array(12);
    values[0] = 1; // top left tap, red
    values[9] = 10; // bottom right tap, red
    // 4x4 padded, taps two pixels apart: four outputs, of which only the first two diagonals meet a pixel.
    // (0,0): bottom right tap on red 4; (1,1): top left tap on red 1; (0,1), (1,0): both taps on padding.
    const features = run([diagonal, aPool('conv')], 1, { 'conv/kernel': tf.tensor4d(values, [2, 2, 3, 1]) });
    expect(features).toEqual([(10 * 4 + 1) / 4]);
  });

  it('spreads the taps of a dilated depthwise kernel', () => {
    const node = aDepthwiseConv({ kernelSize: [1, 2], padding: BORDER, dilations: [1, 3] });
    // Rows of 4, taps three pixels apart: only padding is seen, whereas taps side by side would see every pixel.
    const features = run([node, aPool('depthwise')], 3, { 'depthwise/kernel': tf.ones([1, 2, 3, 1]) });
    expect(features).toEqual([0, 0, 0]);
  });

  it('pools windows and flattens row by row, channels last', () => {
    const nodes: GraphNode[] = [
      { id: 'max', op: 'maxPool', input: 'input', poolSize: [1, 2], strides: [1, 2], padding: NONE },
      { id: 'flat', op: 'flatten', input: 'max' },
    ];
    expect(run(nodes, 6, {})).toEqual([2, 10, 0, 4, 10, 0]);
    const mean: GraphNode = {
      id: 'mean',
      op: 'averagePool',
      input: 'input',
      poolSize: [2, 1],
      strides: [1, 1],
      padding: NONE,
      countPadding: false,
    };
    expect(run([mean, { id: 'flat', op: 'flatten', input: 'mean' }], 6, {})).toEqual([2, 10, 0, 3, 10, 0]);
  });

  it('normalises by the stored statistics, then applies the activation', () => {
    const features = run([aConv(), aBatchNorm({ activation: 'relu' }), aPool('bn')], 2, {
      'conv/kernel': tf.tensor4d([1, 0, 0, 1, 0, 0], [1, 1, 3, 2]),
      'bn/mean': tf.tensor1d([2, 12]),
      'bn/variance': tf.tensor1d([0.75, 3.75]),
      'bn/gamma': tf.tensor1d([2, 1]),
      'bn/beta': tf.tensor1d([0, 0.5]),
    });
    // Standard deviations 1 and 2 with epsilon 0.25. Red: relu(2 · (−1 0 1 2)) averages 1.5; green: relu(−1 + 0.5).
    expect(features).toEqual([1.5, 0]);
  });

  it('adds a shortcut, activates, and works on features with a dense layer', () => {
    const nodes: GraphNode[] = [
      aConv(),
      { id: 'sum', op: 'add', inputs: ['conv', 'conv'], activation: 'relu6' },
      { id: 'relu', op: 'activation', input: 'sum', activation: 'relu' },
      aPool('relu'),
      { id: 'dense', op: 'dense', input: 'pool', inFeatures: 2, units: 1, useBias: true },
    ];
    const features = run(nodes, 1, {
      'conv/kernel': tf.tensor4d([1, 0, 0, -1, 0, 0], [1, 1, 3, 2]),
      'dense/kernel': tf.tensor2d([10, 1000], [2, 1]),
      'dense/bias': tf.tensor1d([7]),
    });
    // relu6(2 · (1 2 3 4)) = 2 4 6 6 averages 4.5; the second channel is negative, hence 0.
    expect(features).toEqual([52]);
  });

  it('frees every activation after its last reader and leaves its input and parameters alone', () => {
    const chain = [0, 1, 2, 3].map((i) =>
      aConv({ id: `conv${i}`, input: i === 0 ? 'input' : `conv${i - 1}`, filters: 3 }),
    );
    const nodes: GraphNode[] = [
      ...chain,
      { id: 'sum', op: 'add', inputs: ['conv3', 'conv0'], activation: 'relu' },
      aPool('sum'),
    ];
    const kernel = tf.ones([1, 1, 3, 3]);
    const x = tf.tensor4d(PIXELS, [1, 2, 2, 3]);
    const alive: number[] = [];
    const start = tf.memory().numTensors;
    const hooks: GraphHooks = {
      kernel: () => {
        alive.push(tf.memory().numTensors - start);
        return kernel;
      },
      bias: () => undefined,
      batchNorm: (_, y) => y,
    };
    const features = runGraph(aGraph(nodes, 3), x, hooks);
    // conv0 waits for the sum; of the others only the latest lives.
    expect(alive).toEqual([0, 1, 2, 2]);
    expect(tf.memory().numTensors - start).toBe(1);
    tf.dispose([features, x, kernel]);
    expect(tf.memory().numTensors).toBe(start - 2);
  });

  it('survives a hook that passes its input through', () => {
    const nodes = [aConv(), aBatchNorm(), aPool('bn')];
    const kernel = tf.tensor4d([1, 0, 0, 1, 0, 0], [1, 1, 3, 2]);
    const x = tf.tensor4d(PIXELS, [1, 2, 2, 3]);
    const start = tf.memory().numTensors;
    const features = runGraph(aGraph(nodes, 2), x, {
      kernel: () => kernel,
      bias: () => undefined,
      batchNorm: (_, y) => y,
    });
    expect([...features.dataSync()]).toEqual([2.5, 10]);
    features.dispose();
    expect(tf.memory().numTensors).toBe(start);
    tf.dispose([x, kernel]);
  });

  it('disposes nothing that an operation kept for its gradient', () => {
    // Keeps its input for the way back without copying it, as a fused operation may.
    const doubled = tf.customGrad((...args) => {
      const y = tf.keep(args[0] as tf.Tensor);
      const gradFunc = (dy: tf.Tensor): tf.Tensor => {
        const dx = tf.add(tf.mul(dy, 2), tf.mul(y, 0));
        y.dispose();
        return dx;
      };
      return { value: tf.mul(y, 2), gradFunc };
    });
    const kernel = tf.tensor4d([1, 0, 0, 1, 0, 0], [1, 1, 3, 2]);
    const x = tf.tensor4d(PIXELS, [1, 2, 2, 3]);
    const start = tf.memory().numTensors;
    const features = (input: tf.Tensor): tf.Tensor =>
      runGraph(aGraph([aConv(), aBatchNorm(), aPool('bn')], 2), input as tf.Tensor4D, {
        kernel: () => kernel,
        bias: () => undefined,
        batchNorm: (_, y) => doubled(y) as tf.Tensor4D,
      });
    const gradient = tf.grad((input) => tf.sum(features(input)))(x);
    // Each of four pixels counts a quarter, doubled; blue reaches no feature.
    expect([...gradient.dataSync()]).toEqual([0, 1, 2, 3].flatMap(() => [0.5, 0.5, 0]));
    gradient.dispose();
    expect(tf.memory().numTensors).toBe(start);
    tf.dispose([x, kernel]);
  });
});
