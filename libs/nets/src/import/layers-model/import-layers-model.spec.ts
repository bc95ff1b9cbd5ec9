import * as tf from '@tensorflow/tfjs';
import { createPrng } from '@kernelcast/artifact';
import { createRunner } from '../../inference/runner.js';
import { importLayersModel } from './import-layers-model.js';
import { save } from './keras-models.fixture.js';

const SIDE = 9;
const IMAGES = 2;
/** Sums of single precision in other orders, relative to the largest logit. */
const TOLERANCE = 1e-5;
const inputShape = [SIDE, SIDE, 3];

beforeAll(async () => {
  await tf.setBackend('cpu');
});

/** Largest difference between what tfjs makes of a model and what its import makes, relative to the largest logit. */
async function difference(model: tf.LayersModel, { softmax = false } = {}): Promise<number> {
  const { json, shards } = await save(model);
  const { graph, weights, head } = importLayersModel(json, shards);
  const prng = createPrng(7);
  const images = Float32Array.from({ length: IMAGES * SIDE * SIDE * 3 }, () => prng.nextFloat() * 2 - 1);
  const runner = createRunner({ graph, weights }, head);
  const logits = runner.predictNormalised(images);
  runner.dispose();
  const [actual, expected] = tf.tidy(() => {
    const x = tf.tensor4d(images, [IMAGES, SIDE, SIDE, 3]);
    const y = model.predict(x) as tf.Tensor;
    const own = tf.tensor(logits, [IMAGES, logits.length / IMAGES]);
    return [(softmax ? tf.softmax(own) : own).dataSync(), y.dataSync()];
  });
  model.dispose();
  expect(actual).toHaveLength(expected.length);
  const largest = Math.max(...expected.map(Math.abs));
  expect(largest).toBeGreaterThan(0);
  return Math.max(...expected.map((value, i) => Math.abs(value - (actual[i] ?? Number.NaN)))) / largest;
}

const ending = (): tf.layers.Layer[] => [tf.layers.globalAveragePooling2d({}), tf.layers.dense({ units: 3 })];
const chain = (...layers: tf.layers.Layer[]): tf.Sequential => tf.sequential({ layers });

describe('importLayersModel', () => {
  it.each<[string, () => tf.LayersModel]>([
    [
      'convolutions with "same" padding, bias and an activation',
      () =>
        chain(
          tf.layers.conv2d({
            inputShape,
            filters: 4,
            kernelSize: [3, 2],
            strides: 2,
            padding: 'same',
            activation: 'relu',
          }),
          ...ending(),
        ),
    ],
    [
      'dilated convolutions',
      () =>
        chain(
          tf.layers.conv2d({ inputShape, filters: 4, kernelSize: 3, dilationRate: 2, padding: 'same' }),
          // Its depthwise layer has dilations, but does not apply them.
          tf.layers.separableConv2d({ filters: 5, kernelSize: 3, dilationRate: [2, 2] }),
          ...ending(),
        ),
    ],
    [
      'depthwise and separable convolutions with multipliers',
      () =>
        chain(
          tf.layers.depthwiseConv2d({ inputShape, kernelSize: 3, depthMultiplier: 2, strides: 2, padding: 'same' }),
          tf.layers.separableConv2d({ filters: 5, kernelSize: 3, depthMultiplier: 2, activation: 'relu' }),
          ...ending(),
        ),
    ],
    [
      'BatchNormalization with and without scale and centre, and activations behind it',
      () =>
        chain(
          tf.layers.conv2d({ inputShape, filters: 4, kernelSize: 1, useBias: false }),
          tf.layers.batchNormalization({}),
          tf.layers.reLU({ maxValue: 6 }),
          tf.layers.batchNormalization({ scale: false }),
          tf.layers.activation({ activation: 'relu6' }),
          tf.layers.batchNormalization({ center: false, epsilon: 0.01 }),
          tf.layers.reLU(),
          ...ending(),
        ),
    ],
    [
      'padding before convolutions, upon their own, and before windows',
      () =>
        chain(
          tf.layers.zeroPadding2d({ inputShape, padding: [[0, 1], [2, 0]] }), // prettier-ignore
          tf.layers.conv2d({ filters: 4, kernelSize: 3, strides: 2, padding: 'same', activation: 'relu' }),
          tf.layers.zeroPadding2d({ padding: [[1, 0], [0, 1]] }), // prettier-ignore
          tf.layers.maxPooling2d({ poolSize: 2, strides: 2 }),
          tf.layers.zeroPadding2d({ padding: [[0, 1], [0, 1]] }), // prettier-ignore
          tf.layers.averagePooling2d({ poolSize: 2, strides: 1 }),
          ...ending(),
        ),
    ],
    [
      'windows with "same" padding',
      () =>
        chain(
          tf.layers.maxPooling2d({ inputShape, poolSize: 2, strides: 2, padding: 'same' }),
          tf.layers.averagePooling2d({ poolSize: 3, strides: 2, padding: 'same' }),
          ...ending(),
        ),
    ],
    [
      'a window as large as the picture, flattened, with dense layers behind it',
      () =>
        chain(
          tf.layers.averagePooling2d({ inputShape, poolSize: SIDE }),
          tf.layers.flatten(),
          tf.layers.dropout({ rate: 0.5 }),
          tf.layers.dense({ units: 6, activation: 'relu' }),
          tf.layers.dense({ units: 3, useBias: false }),
        ),
    ],
    [
      'a flattened picture',
      () =>
        chain(
          tf.layers.conv2d({ inputShape, filters: 2, kernelSize: 3, strides: 3 }),
          tf.layers.flatten(),
          tf.layers.dense({ units: 3 }),
        ),
    ],
    [
      '1x1 convolutions of pooled features',
      () =>
        chain(
          tf.layers.globalAveragePooling2d({ inputShape }),
          tf.layers.reshape({ targetShape: [1, 1, 3] }),
          tf.layers.conv2d({ filters: 4, kernelSize: 1, activation: 'relu6' }),
          tf.layers.conv2d({ filters: 3, kernelSize: 1, padding: 'same' }),
          tf.layers.reshape({ targetShape: [3] }),
        ),
    ],
    ['a graph with shortcuts', shortcuts],
    ['a model within a model', nested],
    [
      'features without a classifier',
      () => chain(tf.layers.conv2d({ inputShape, filters: 4, kernelSize: 3 }), tf.layers.globalAveragePooling2d({})),
    ],
  ])('computes what tfjs computes of %s', async (_, build) => {
    expect(await difference(build())).toBeLessThan(TOLERANCE);
  });

  function shortcuts(): tf.LayersModel {
    const input = tf.input({ shape: inputShape });
    const conv = (x: tf.SymbolicTensor) =>
      tf.layers.conv2d({ filters: 3, kernelSize: 3, padding: 'same' }).apply(x) as tf.SymbolicTensor;
    const first = conv(input);
    const sum = tf.layers.add().apply([first, conv(first), input]) as tf.SymbolicTensor;
    const active = tf.layers.reLU().apply(sum) as tf.SymbolicTensor;
    const twice = tf.layers.add().apply([active, conv(active)]) as tf.SymbolicTensor;
    const pooled = tf.layers.globalAveragePooling2d({}).apply(twice) as tf.SymbolicTensor;
    return tf.model({ inputs: input, outputs: tf.layers.dense({ units: 2 }).apply(pooled) as tf.SymbolicTensor });
  }

  function nested(): tf.LayersModel {
    const inner = chain(tf.layers.conv2d({ inputShape, filters: 3, kernelSize: 3 }), tf.layers.reLU());
    const top = chain(tf.layers.dense({ inputShape: [3], units: 2 }));
    return tf.sequential({ layers: [inner, tf.layers.globalAveragePooling2d({}), top] });
  }

  it('takes a softmax off the classifier it hands out', async () => {
    const model = chain(
      tf.layers.globalAveragePooling2d({ inputShape }),
      tf.layers.dense({ units: 3, activation: 'softmax' }),
    );
    expect(await difference(model, { softmax: true })).toBeLessThan(TOLERANCE);
    const apart = chain(
      tf.layers.globalAveragePooling2d({ inputShape }),
      tf.layers.dense({ units: 3 }),
      tf.layers.activation({ activation: 'softmax' }),
    );
    expect(await difference(apart, { softmax: true })).toBeLessThan(TOLERANCE);
  });

  it('makes activations part of the BatchNorm or sum before them, unless somebody else reads that', async () => {
    const { json, shards } = await save(shortcuts());
    const { graph, head } = importLayersModel(json, shards, { name: 'shortcuts', mean: [0, 0, 0], std: [1, 1, 1] });
    expect(graph.nodes.map(({ op }) => op)).toEqual([
      'conv2d',
      'conv2d',
      'add',
      'add',
      'conv2d',
      'add',
      'globalAveragePool',
    ]);
    expect(graph.nodes[3]).toMatchObject({ activation: 'relu' });
    expect(graph).toMatchObject({ name: 'shortcuts', featureSize: 3, input: { mean: [0, 0, 0], std: [1, 1, 1] } });
    expect(head?.kernel.shape).toEqual([3, 2]);
  });

  it('expects images from -1 to 1 unless told otherwise', async () => {
    const { json, shards } = await save(chain(tf.layers.globalAveragePooling2d({ inputShape })));
    const { graph, head } = importLayersModel(json, shards);
    expect(graph.input).toEqual({
      height: SIDE,
      width: SIDE,
      channels: 3,
      mean: [0.5, 0.5, 0.5],
      std: [0.5, 0.5, 0.5],
    });
    expect(head).toBeUndefined();
  });

  it('leaks no tensor', async () => {
    const { json, shards } = await save(
      chain(tf.layers.conv2d({ inputShape, filters: 2, kernelSize: 3 }), ...ending()),
    );
    const before = tf.memory().numTensors;
    importLayersModel(json, shards);
    expect(tf.memory().numTensors).toBe(before);
  });
});
