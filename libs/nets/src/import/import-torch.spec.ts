import { encodeWeights } from '@kernelcast/artifact';
import type { FloatTensor } from '@kernelcast/artifact';
import { BaseNetworkError } from '../base/base-network.error.js';
import { aBatchNorm, aConv, aDepthwiseConv, aGraph, aPool } from '../testing/graph.factory.js';
import { mobileNetV2 } from '../architectures/mobilenet-v2.js';
import type { GraphNode } from '../graph/graph.types.js';
import { parameterSpecs } from '../graph/parameters.js';
import { timmMobileNetV2Module } from './timm-mobilenet-v2.js';
import { importTorch } from './import-torch.js';

/** Values 0, 1, 2, ... so that each tells where it came from. */
function counted(...shape: number[]): FloatTensor {
  const count = shape.reduce((product, size) => product * size, 1);
  return { shape, data: Float32Array.from({ length: count }, (_, i) => i) };
}

const graph = aGraph(
  [
    aConv({ kernelSize: [1, 2], useBias: true }),
    aBatchNorm(),
    aDepthwiseConv({ input: 'bn', inChannels: 2, multiplier: 2, kernelSize: [2, 1] }),
    aPool('depthwise'),
    { id: 'dense', op: 'dense', input: 'pool', inFeatures: 4, units: 2, useBias: false },
  ],
  2,
);

function stateDict(overrides: Record<string, FloatTensor | undefined> = {}): Uint8Array {
  const all: Record<string, FloatTensor | undefined> = {
    'conv.weight': counted(2, 3, 1, 2),
    'conv.bias': counted(2),
    'bn.weight': { shape: [2], data: Float32Array.of(10, 11) },
    'bn.bias': { shape: [2], data: Float32Array.of(20, 21) },
    'bn.running_mean': { shape: [2], data: Float32Array.of(30, 31) },
    'bn.running_var': { shape: [2], data: Float32Array.of(40, 41) },
    'bn.num_batches_tracked': { shape: [], data: Float32Array.of(7) },
    'depthwise.weight': counted(4, 1, 2, 1),
    'dense.weight': counted(2, 4),
    ...overrides,
  };
  const present = Object.entries(all).filter((entry): entry is [string, FloatTensor] => entry[1] !== undefined);
  return encodeWeights(new Map(present), 'f32', { seed: '1' });
}

describe('importTorch', () => {
  it('turns [o, i, kh, kw] into [kh, kw, i, o]', () => {
    const kernel = importTorch(graph, stateDict()).weights.get('conv/kernel');
    expect(kernel?.shape).toEqual([1, 2, 3, 2]);
    // Torch's value at (o, i, 0, w) is 6 o + 2 i + w; ours run over w, then i, then o.
    expect([...(kernel?.data ?? [])]).toEqual([0, 6, 2, 8, 4, 10, 1, 7, 3, 9, 5, 11]);
  });

  it('turns depthwise [c · m, 1, kh, kw] into [kh, kw, c, m]', () => {
    const kernel = importTorch(graph, stateDict()).weights.get('depthwise/kernel');
    expect(kernel?.shape).toEqual([2, 1, 2, 2]);
    // Torch's value at (2 c + m, 0, h, 0) is 2 (2 c + m) + h.
    expect([...(kernel?.data ?? [])]).toEqual([0, 2, 4, 6, 1, 3, 5, 7]);
  });

  it('turns linear [out, in] into [in, out]', () => {
    const kernel = importTorch(graph, stateDict()).weights.get('dense/kernel');
    expect(kernel).toEqual({ shape: [4, 2], data: Float32Array.of(0, 4, 1, 5, 2, 6, 3, 7) });
  });

  it('tells BatchNorm scale, shift and statistics apart, and drops its counter', () => {
    const { weights } = importTorch(graph, stateDict());
    const values = ['gamma', 'beta', 'mean', 'variance'].map((name) => weights.get(`bn/${name}`)?.data[1]);
    expect(values).toEqual([11, 21, 31, 41]);
    expect(weights.size).toBe(8);
  });

  it('hands out the classifier where there is one, and the metadata', () => {
    const bytes = stateDict({ 'fc.weight': counted(3, 2), 'fc.bias': counted(3) });
    const { head, metadata } = importTorch(graph, bytes);
    expect(head?.kernel).toEqual({ shape: [2, 3], data: Float32Array.of(0, 2, 4, 1, 3, 5) });
    expect(head?.bias).toEqual(counted(3));
    expect(metadata).toEqual({ seed: '1' });
    expect(importTorch(graph, stateDict()).head).toBeUndefined();
  });

  it.each(['classifier.1', 'classifier'])('knows the classifier as %s too', (module) => {
    const bytes = stateDict({ [`${module}.weight`]: counted(3, 2), [`${module}.bias`]: counted(3) });
    expect(importTorch(graph, bytes).head?.bias).toEqual(counted(3));
  });

  it('turns rows of layers on a flattened picture from [c, h, w] into [h, w, c]', () => {
    const nodes: GraphNode[] = [
      aConv(),
      { id: 'flat', op: 'flatten', input: 'conv' },
      { id: 'relu', op: 'activation', input: 'flat', activation: 'relu' },
    ];
    const dense: GraphNode = { id: 'dense', op: 'dense', input: 'relu', inFeatures: 8, units: 1, useBias: false };
    const files = { 'conv.weight': counted(2, 3, 1, 1), 'dense.weight': counted(1, 8) };
    const bytes = (tensors: Record<string, FloatTensor>) => encodeWeights(new Map(Object.entries(tensors)), 'f32', {});
    // Of 2x2 pixels and two channels, PyTorch's row is 4 c + 2 h + w.
    const rows = [0, 4, 1, 5, 2, 6, 3, 7];
    const inside = importTorch(aGraph([...nodes, dense], 1), bytes(files));
    expect([...(inside.weights.get('dense/kernel')?.data ?? [])]).toEqual(rows);
    const { 'conv.weight': conv } = files;
    const head = { 'fc.weight': counted(1, 8), 'fc.bias': counted(1) };
    const outside = importTorch(aGraph(nodes, 8), bytes({ 'conv.weight': conv, ...head }));
    expect([...(outside.head?.kernel.data ?? [])]).toEqual(rows);
    expect(outside.head?.kernel.shape).toEqual([8, 1]);
  });

  it("reads timm's names of MobileNetV2 as torchvision's", () => {
    const graph = mobileNetV2({ width: 0.25 });
    const named = (moduleOf: (id: string) => string): Uint8Array => {
      const tensors = parameterSpecs(graph).map(({ layer, kind, shape }, i): [string, FloatTensor] => {
        const [kh = 1, kw = 1, cin = 1, cout = 1] = shape;
        const torch = kind === 'depthwiseConv2d' ? [cin, 1, kh, kw] : [cout, cin, kh, kw];
        const parameter = { gamma: 'weight', beta: 'bias', mean: 'running_mean', variance: 'running_var' };
        const name = kind in parameter ? parameter[kind as keyof typeof parameter] : 'weight';
        const size = shape.length === 1 ? shape : torch;
        const count = size.reduce((product, length) => product * length, 1);
        return [`${moduleOf(layer)}.${name}`, { shape: [...size], data: new Float32Array(count).fill(i) }];
      });
      return encodeWeights(new Map(tensors), 'f32', {});
    };
    expect(importTorch(graph, named(timmMobileNetV2Module))).toEqual(
      importTorch(
        graph,
        named((id) => id),
      ),
    );
  });

  it.each([
    ['a missing tensor', { 'conv.bias': undefined }, /'conv\.bias' is missing/],
    ['another shape', { 'conv.weight': counted(2, 3, 2, 1) }, /'conv\.weight' is \[2,3,2,1\], not \[2,3,1,2\]/],
    ['a tensor the graph has no place for', { 'layer5.weight': counted(1) }, /'layer5\.weight' unknown/],
    [
      'a classifier of other features',
      { 'fc.weight': counted(3, 5), 'fc.bias': counted(3) },
      /'fc\.weight' is \[3,5\]/,
    ],
    ['a counter of no layer', { 'other.num_batches_tracked': counted() }, /'other\.num_batches_tracked' unknown/],
    [
      'two classifiers',
      { 'fc.weight': counted(3, 2), 'fc.bias': counted(3), 'classifier.bias': counted(3) },
      /unknown/,
    ],
    ['a classifier without bias', { 'fc.weight': counted(3, 2) }, /'fc\.bias' is missing/],
  ])('refuses %s', (_, overrides, message) => {
    expect(() => importTorch(graph, stateDict(overrides))).toThrow(BaseNetworkError);
    expect(() => importTorch(graph, stateDict(overrides))).toThrow(message);
  });

  it('refuses what is no number', () => {
    const bytes = stateDict();
    // The last tensor's last number, by names in order: dense.weight, the largest but depthwise's four.
    bytes.fill(0xff, -4);
    expect(() => importTorch(graph, bytes)).toThrow(BaseNetworkError);
  });

  it('refuses what is no safetensors file', () => {
    expect(() => importTorch(graph, Uint8Array.of(1, 2, 3))).toThrow(BaseNetworkError);
  });
});
