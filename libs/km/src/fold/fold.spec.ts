import type { FloatTensor, WeightMap } from '@kernelcast/artifact';
import type { NetworkGraph } from '@kernelcast/nets';
import { ModulatorMismatchError } from '../km.errors.js';
import { headOf } from './fold-steps.js';
import { fold } from './fold.js';
import { layerChanges } from './layer-changes.js';

const tensor = (shape: number[], data: number[]): FloatTensor => ({ shape, data: Float32Array.from(data) });
const input = { height: 1, width: 2, channels: 2, mean: [0, 0], std: [1, 1] };
const padding = [[0, 0], [0, 0]] as const; // prettier-ignore

const graph: NetworkGraph = {
  format: 'kernelcast.graph/1',
  name: 'by hand',
  input,
  featureSize: 2,
  nodes: [
    { id: 'd', op: 'depthwiseConv2d', input: 'input', kernelSize: [1, 2], inChannels: 2, multiplier: 1, strides: [1, 1], padding, useBias: false }, // prettier-ignore
    { id: 'c', op: 'conv2d', input: 'd', kernelSize: [1, 1], inChannels: 2, filters: 3, strides: [1, 1], padding, groups: 1, useBias: true }, // prettier-ignore
    { id: 'n', op: 'batchNorm', input: 'c', channels: 3, epsilon: 0, activation: 'none' },
    { id: 'p', op: 'globalAveragePool', input: 'n' },
    { id: 'f', op: 'dense', input: 'p', inFeatures: 3, units: 2, useBias: false },
  ],
};

const weights: WeightMap = new Map(
  Object.entries({
    'd/kernel': tensor([1, 2, 2, 1], [1, 2, 3, 4]),
    'c/kernel': tensor([1, 1, 2, 3], [1, 2, 3, 4, 5, 6]),
    'c/bias': tensor([3], [1, 1, 1]),
    'n/gamma': tensor([3], [1, 1, 1]),
    'n/beta': tensor([3], [0, 0, 0]),
    'n/mean': tensor([3], [5, 5, 5]),
    'n/variance': tensor([3], [2, 2, 2]),
    'f/kernel': tensor([3, 2], [1, 1, 1, 1, 1, 1]),
  }),
);

const folded = (tensors: Record<string, FloatTensor>) => fold({ graph, weights }, new Map(Object.entries(tensors)));
const values = (map: WeightMap, name: string) => Array.from(map.get(name)?.data ?? []);

describe('fold', () => {
  it('scales a kernel by 1 + A·B, output by input', () => {
    // A·B for outputs 0..2 and inputs 0..1: [10, 100], [20, 200], [0, 0]
    const result = folded({ 'c/A': tensor([3, 1], [1, 2, 0]), 'c/B': tensor([1, 2], [10, 100]) });
    expect(values(result, 'c/kernel')).toEqual([1 * 11, 2 * 21, 3, 4 * 101, 5 * 201, 6]);
  });

  it('adds the ranks up', () => {
    const result = folded({
      'f/A': tensor([2, 2], [1, 10, 0, 1]),
      'f/B': tensor([2, 3], [1, 2, 3, 4, 5, 6]),
    });
    // output 0: 1 + B0 + 10·B1; output 1: 1 + B1
    expect(values(result, 'f/kernel')).toEqual([42, 5, 53, 6, 64, 7]);
  });

  it('scales a depthwise kernel by 1 + A·B, channel by position', () => {
    const result = folded({ 'd/A': tensor([2, 1], [1, 2]), 'd/B': tensor([1, 2], [10, 100]) });
    expect(values(result, 'd/kernel')).toEqual([1 * 11, 2 * 21, 3 * 101, 4 * 201]);
  });

  it('scales a depthwise kernel by a grid', () => {
    const result = folded({ 'd/grid': tensor([1, 2, 2, 1], [0, 1, 2, 3]) });
    expect(values(result, 'd/kernel')).toEqual([1, 4, 9, 16]);
  });

  it('scales a kernel by one factor and the signs of the other, as in the format document', () => {
    const conv1 = { id: 'conv1', op: 'conv2d', input: 'input', kernelSize: [1, 1], inChannels: 2, filters: 3, strides: [1, 1], padding, groups: 1, useBias: false } as const; // prettier-ignore
    const pool = { id: 'pool', op: 'globalAveragePool', input: 'conv1' } as const;
    const ones = new Map([['conv1/kernel', tensor([1, 1, 2, 3], [1, 1, 1, 1, 1, 1])]]);
    const modulator = new Map([['conv1/inputs', tensor([2, 2], [0.5, 0, 0, 0.25])]]);
    const result = fold({ graph: { ...graph, nodes: [conv1, pool], featureSize: 3 }, weights: ones }, modulator);
    expect(values(result, 'conv1/kernel')).toEqual([0.5, 1.5, 1.5, 1.25, 0.75, 1.25]);
  });

  it('adds A·B to a kernel, output by weight', () => {
    // outputs 0..2, weights of an output 0..1: A·B = [10, 100], [20, 200], [0, 0]
    const result = folded({ 'c/deltaA': tensor([3, 1], [1, 2, 0]), 'c/deltaB': tensor([1, 2], [10, 100]) });
    expect(values(result, 'c/kernel')).toEqual([1 + 10, 2 + 20, 3, 4 + 100, 5 + 200, 6]);
  });

  it('adds A·B to a depthwise kernel, channel by position', () => {
    const result = folded({ 'd/deltaA': tensor([2, 1], [1, 2]), 'd/deltaB': tensor([1, 2], [10, 100]) });
    expect(values(result, 'd/kernel')).toEqual([1 + 10, 2 + 20, 3 + 100, 4 + 200]);
  });

  it('adds a whole delta to a kernel, and puts a whole kernel in its place', () => {
    const six = (first: number) =>
      tensor(
        [1, 1, 2, 3],
        [0, 1, 2, 3, 4, 5].map((i) => first + i),
      );
    expect(values(folded({ 'c/delta': six(10) }), 'c/kernel')).toEqual([11, 13, 15, 17, 19, 21]);
    expect(values(folded({ 'c/kernel': six(10) }), 'c/kernel')).toEqual([10, 11, 12, 13, 14, 15]);
  });

  it('offsets a bias, replaces γ and β, and keeps the statistics', () => {
    const result = folded({
      'c/bias': tensor([3], [1, 2, 3]),
      'n/scale': tensor([3], [7, 8, 9]),
      'n/shift': tensor([3], [-1, -2, -3]),
    });
    expect(values(result, 'c/bias')).toEqual([2, 3, 4]);
    expect(values(result, 'n/gamma')).toEqual([7, 8, 9]);
    expect(values(result, 'n/beta')).toEqual([-1, -2, -3]);
    expect(result.get('n/variance')).toBe(weights.get('n/variance'));
  });

  it('shares what it does not change, and leaves the base alone', () => {
    const result = folded({ 'c/A': tensor([3, 1], [1, 1, 1]), 'c/B': tensor([1, 2], [1, 1]) });
    expect(result.get('d/kernel')).toBe(weights.get('d/kernel'));
    expect(result.get('c/kernel')?.data.buffer).not.toBe(weights.get('c/kernel')?.data.buffer);
    expect(values(weights, 'c/kernel')).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it('leaves head and golden logits aside', () => {
    const result = folded({ 'head/kernel': tensor([2, 1], [0, 0]), 'golden/logits': tensor([1, 1], [0]) });
    expect([...result]).toEqual([...weights]);
  });

  it.each<[string, Record<string, FloatTensor>]>([
    ['an unknown layer', { 'x/A': tensor([3, 1], [1, 1, 1]) }],
    ['a role the layer does not have', { 'c/scale': tensor([3], [1, 1, 1]) }],
    ['a grid for a plain convolution', { 'c/grid': tensor([1, 1, 2, 3], [1, 1, 1, 1, 1, 1]) }],
    ['a bias where the base has none', { 'f/bias': tensor([2], [1, 1]) }],
    ['A without B', { 'c/A': tensor([3, 0], []) }],
    ['B without A', { 'c/B': tensor([1, 2], [1, 1]) }],
    ['ranks that differ', { 'c/A': tensor([3, 2], [1, 1, 1, 1, 1, 1]), 'c/B': tensor([1, 2], [1, 1]) }],
    ['A for another layer', { 'c/A': tensor([2, 1], [1, 1]), 'c/B': tensor([1, 2], [1, 1]) }],
    [
      'both factors and a grid',
      { 'd/A': tensor([2, 1], [1, 1]), 'd/B': tensor([1, 2], [1, 1]), 'd/grid': tensor([1, 2, 2, 1], [1, 1, 1, 1]) },
    ],
    ['a factor of the longer side', { 'c/outputs': tensor([3, 1], [1, 1, 1]) }],
    ['a rank that adds nothing', { 'c/A': tensor([3, 3], Array(9).fill(0)), 'c/B': tensor([3, 2], Array(6).fill(0)) }],
    ['signs of a rank that adds nothing', { 'c/inputs': tensor([4, 2], Array(8).fill(0)) }],
    ['a delta for another kernel', { 'c/delta': tensor([1, 1, 3, 2], [0, 0, 0, 0, 0, 0]) }],
    ['a kernel of another shape', { 'c/kernel': tensor([2, 3], [0, 0, 0, 0, 0, 0]) }],
    ['one factor of a delta', { 'c/deltaB': tensor([1, 2], [1, 1]) }],
    [
      'a kernel and a change of it',
      { 'f/kernel': tensor([3, 2], [0, 0, 0, 0, 0, 0]), 'f/delta': tensor([3, 2], [0, 0, 0, 0, 0, 0]) },
    ],
    ['a part of the head it does not know', { 'head/A': tensor([1, 1], [1]) }],
    ['a scale for another width', { 'n/scale': tensor([2], [1, 1]) }],
  ])('refuses %s', (_, tensors) => {
    expect(() => folded(tensors)).toThrow(ModulatorMismatchError);
  });
});

describe('headOf', () => {
  const head = { 'head/kernel': tensor([2, 3], [1, 2, 3, 4, 5, 6]), 'head/bias': tensor([3], [0, 1, 2]) };

  it('finds the classifier', () => {
    const found = headOf(graph, new Map(Object.entries(head)));
    expect([found.kernel, found.bias]).toEqual([head['head/kernel'], head['head/bias']]);
  });

  it.each<[string, Record<string, FloatTensor>]>([
    ['a missing bias', { 'head/kernel': head['head/kernel'] }],
    ['other features', { ...head, 'head/kernel': tensor([3, 3], Array(9).fill(0)) }],
  ])('refuses %s', (_, tensors) => {
    expect(() => headOf(graph, new Map(Object.entries(tensors)))).toThrow(ModulatorMismatchError);
  });
});

describe('layerChanges', () => {
  const changes = (tensors: Record<string, FloatTensor>) =>
    Object.fromEntries(
      layerChanges({ graph, weights }, new Map(Object.entries(tensors))).map(({ layer, change }) => [layer, change]),
    );

  it('is the Frobenius norm of what is folded in over that of the layer, bias and kernel together', () => {
    // A·B = 1 everywhere doubles the depthwise kernel; the bias of 'c' moves by (0, 3, 4) where its layer is (1…6, 1, 1, 1).
    const found = changes({
      'd/A': tensor([2, 1], [1, 1]),
      'd/B': tensor([1, 2], [1, 1]),
      'c/bias': tensor([3], [0, 3, 4]),
    });
    expect(found).toEqual({ d: 1, c: expect.closeTo(5 / Math.sqrt(91 + 3), 12), n: 0, f: 0 });
  });

  it('counts scale and shift of a BatchNorm, and no moving statistics', () => {
    const found = changes({ 'n/scale': tensor([3], [2, 1, 1]), 'n/shift': tensor([3], [0, 0, 1]) });
    expect(found['n']).toBeCloseTo(Math.sqrt(2 / 3), 12);
  });

  it('has no number for a layer that starts from nothing', () => {
    const zero = new Map(weights).set('f/kernel', tensor([3, 2], [0, 0, 0, 0, 0, 0]));
    const moved = new Map([['f/delta', tensor([3, 2], [1, 0, 0, 0, 0, 0])]]);
    expect(layerChanges({ graph, weights: zero }, moved).find(({ layer }) => layer === 'f')?.change).toBeNull();
  });
});
