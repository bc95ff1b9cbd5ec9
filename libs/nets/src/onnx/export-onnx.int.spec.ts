import { createPrng } from '@kernelcast/artifact';
import type { FloatTensor } from '@kernelcast/artifact';
import { initInferenceBackend } from '@kernelcast/compute';
import * as ort from 'onnxruntime-web';
import { mobileNetV2 } from '../architectures/mobilenet-v2.js';
import { resnet14 } from '../architectures/resnet.js';
import type { GraphNode, NetworkGraph } from '../graph/graph.types.js';
import { parameterSpecs } from '../graph/parameters.js';
import { createRunner } from '../inference/runner.js';
import { aBatchNorm, aConv, aDepthwiseConv, aGraph } from '../testing/graph.factory.js';
import { exportOnnx, ONNX_INPUT, ONNX_OUTPUT } from './export-onnx.js';

const CLASSES = 3;
/** Of the largest logit: both add in single precision, in different orders. */
const TOLERANCE = 1e-4;
const SKEWED = [[1, 0], [2, 1]] as const; // prettier-ignore

beforeAll(async () => {
  // One thread: workers would outlive the test.
  ort.env.wasm.numThreads = 1;
  await initInferenceBackend();
});

const draw = (shape: readonly number[], seed: number, scale: number): FloatTensor => {
  const prng = createPrng(seed);
  const length = shape.reduce((product, size) => product * size, 1);
  return { shape: [...shape], data: Float32Array.from({ length }, () => scale * prng.nextNormal()) };
};

/** Drawn weights that keep activations near one through any depth. */
function networkOf(graph: NetworkGraph) {
  const weights = parameterSpecs(graph).map(({ name, kind, shape }, i): [string, FloatTensor] => {
    const fanIn = shape.slice(0, -1).reduce((product, size) => product * size, 1);
    const drawn = draw(shape, i + 1, shape.length > 1 ? Math.sqrt(2 / fanIn) : 0.1);
    const positive = kind === 'variance' || kind === 'gamma';
    return [name, positive ? { shape: drawn.shape, data: drawn.data.map((value) => 1 + Math.abs(value)) } : drawn];
  });
  return { graph, weights: new Map(weights) };
}

/** A graph of these nodes over images of `side` pixels, whose output is flattened to so many features. */
function flattened([side, features]: [number, number], ...nodes: GraphNode[]): NetworkGraph {
  const flat: GraphNode = { id: 'flat', op: 'flatten', input: nodes.at(-1)?.id ?? 'input' };
  return aGraph([...nodes, flat], features, side);
}

const window = { poolSize: [3, 2], strides: [2, 1], padding: [[1, 0], [0, 1]] } as const; // prettier-ignore
const dense: GraphNode[] = [
  { id: 'pool', op: 'globalAveragePool', input: 'input' },
  { id: 'dense', op: 'dense', input: 'pool', inFeatures: 3, units: 5, useBias: true },
  { id: 'relu', op: 'activation', input: 'dense', activation: 'relu' },
];
const residual: GraphNode[] = [
  aConv({ filters: 3 }),
  aBatchNorm({ channels: 3 }),
  { id: 'sum', op: 'add', inputs: ['bn', 'input'], activation: 'relu6' },
];

const GRAPHS: [string, NetworkGraph][] = [
  ['ResNet-14', resnet14()],
  ['MobileNetV2', mobileNetV2({ width: 0.35, input: { height: 32, width: 32, channels: 3, mean: [0, 0, 0], std: [1, 1, 1] } })],
  ['a convolution with skewed padding and strides', flattened([7, 54], aConv({ kernelSize: [3, 2], strides: [2, 1], padding: SKEWED, useBias: true }))],
  ['a dilated convolution', flattened([7, 24], aConv({ kernelSize: [3, 2], dilations: [2, 3] }))],
  ['a grouped convolution', flattened([4, 54], aConv({ filters: 4 }), aConv({ id: 'grouped', input: 'conv', inChannels: 4, filters: 6, groups: 2, kernelSize: [2, 2] }))],
  ['a depthwise convolution with two filters a channel', flattened([5, 54], aDepthwiseConv({ kernelSize: [3, 3], multiplier: 2, useBias: true }))],
  ['a batch norm that reads the images', flattened([3, 27], aBatchNorm({ input: 'input', channels: 3, activation: 'relu6' }))],
  ['a batch norm before a residual sum with relu6', flattened([3, 27], ...residual)],
  ['a maximum of windows', flattened([6, 54], { id: 'max', op: 'maxPool', input: 'input', ...window })],
  ['a mean of windows, padding counted', flattened([6, 54], { id: 'mean', op: 'averagePool', input: 'input', ...window, countPadding: true })],
  ['a mean of windows, padding left out', flattened([6, 54], { id: 'mean', op: 'averagePool', input: 'input', ...window, countPadding: false })],
  ['a dense layer', aGraph(dense, 5, 4)],
]; // prettier-ignore

describe('a network as an ONNX model', () => {
  it.each(GRAPHS)('computes what it computes here: %s', async (_, graph) => {
    const network = networkOf(graph);
    const head = { kernel: draw([graph.featureSize, CLASSES], 91, 0.2), bias: draw([CLASSES], 92, 1) };
    const { height, width, channels } = graph.input;
    const { data } = draw([2, height, width, channels], 93, 1);
    const runner = createRunner(network, head);
    const expected = runner.predictNormalised(data);
    runner.dispose();

    const session = await ort.InferenceSession.create(exportOnnx(network, head));
    const images = new ort.Tensor('float32', data, [2, height, width, channels]);
    const logits = (await session.run({ [ONNX_INPUT]: images }))[ONNX_OUTPUT];
    await session.release();
    expect(logits?.dims).toEqual([2, CLASSES]);
    const largest = expected.reduce((max, value) => Math.max(max, Math.abs(value)), 0);
    const actual = logits?.data as Float32Array;
    expect(Math.max(...expected.map((value, i) => Math.abs(value - (actual[i] ?? NaN)))) / largest).toBeLessThan(
      TOLERANCE,
    );
  });

  it('is the same bytes for the same network', () => {
    const network = networkOf(aGraph(dense, 5, 4));
    const head = { kernel: draw([5, CLASSES], 91, 0.2), bias: draw([CLASSES], 92, 1) };
    expect(exportOnnx(network, head)).toEqual(exportOnnx(network, head));
  });
});
