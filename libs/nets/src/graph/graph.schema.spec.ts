import { resnet14 } from '../architectures/resnet.js';
import { BaseNetworkError } from '../base/base-network.error.js';
import { aBatchNorm, aConv, aDepthwiseConv, aGraph, aPool } from '../testing/graph.factory.js';
import type { MaxPoolNode } from './graph.types.js';
import { inferShapes } from './shapes.js';
import { GRAPH_LIMITS, parseGraph, parseGraphJson } from './graph.schema.js';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

const aMaxPool = (overrides: Partial<MaxPoolNode> = {}): MaxPoolNode => ({
  id: 'max',
  op: 'maxPool',
  input: 'input',
  poolSize: [2, 2],
  strides: [1, 1],
  padding: aConv().padding,
  ...overrides,
});
const aFlatten = () => ({ id: 'flat', op: 'flatten', input: 'max' }) as const;
const wide = { kernelSize: [2, 1], dilations: [2, 1] } as const;
const aside = [
  [0, 0],
  [2, 0],
] as const;

describe('parseGraph', () => {
  it('returns a sound graph unchanged', () => {
    expect(parseGraph(JSON.parse(JSON.stringify(resnet14())))).toEqual(resnet14());
  });

  it.each([
    ['another format', { ...aGraph([aConv(), aPool('conv')], 2), format: 'kernelcast.graph/2' }, /format/],
    ['a field it does not know', { ...aGraph([aConv(), aPool('conv')], 2), extra: 1 }, /extra/],
    ['no nodes', aGraph([], 2), /nodes/],
    ['an unknown operation', { ...aGraph([], 2), nodes: [{ id: 'a', op: 'softmax', input: 'input' }] }, /nodes\.0\.op/],
    ['a fractional stride', aGraph([aConv({ strides: [0.5, 1] }), aPool('conv')], 2), /strides/],
    ['too many channels', aGraph([aConv({ filters: 1e9 }), aPool('conv')], 2), /filters/],
    ['an id that leaves its folder', aGraph([aConv({ id: '../conv' }), aPool('conv')], 2), /nodes\.0\.id/],
    ['an id that modulator files use', aGraph([aConv({ id: 'head' }), aPool('head')], 2), /nodes\.0\.id.*reserved/],
    ['an id used twice', aGraph([aConv(), aConv(), aPool('conv')], 2), /'conv' id used twice/],
    ['the input redefined', aGraph([aConv({ id: 'input' }), aPool('input')], 2), /'input' id used twice/],
    ['a node that reads a later one', aGraph([aPool('conv'), aConv()], 2), /reads 'conv', which is no earlier node/],
    ['channels that do not fit', aGraph([aConv({ inChannels: 4 }), aPool('conv')], 2), /expects \[h, w, 4\]/],
    ['groups that do not divide', aGraph([aConv({ groups: 2 }), aPool('conv')], 2), /groups/],
    ['a kernel larger than the picture', aGraph([aConv({ kernelSize: [3, 3] }), aPool('conv')], 2), /kernel larger/],
    ['BatchNorm of other channels', aGraph([aConv(), aBatchNorm({ channels: 3 }), aPool('bn')], 2), /'bn' expects/],
    ['a sum of unequal shapes', unequalSum(), /adds \[2,2,2\] and \[2,2,3\]/],
    ['pooling twice', aGraph([aConv(), { ...aPool('conv'), id: 'first' }, aPool('first')], 2), /pools \[2\]/],
    ['an output beyond any memory', aGraph([aConv({ filters: 16_384 }), aPool('conv')], 16_384, 64), /too large/],
    ['an output nobody reads', aGraph([aConv(), aDepthwiseConv(), aPool('conv')], 2), /nobody reads 'depthwise'/],
    ['features of another size', aGraph([aConv(), aPool('conv')], 3), /must yield \[3\]/],
    ['dilations that mean nothing', aGraph([aConv({ dilations: [1, 1] }), aPool('conv')], 2), /left out/],
    ['taps spread beyond the picture', aGraph([aConv(wide), aPool('conv')], 2), /kernel larger/],
    ['strides with dilations', aGraph([aConv({ strides: [2, 1], dilations: [1, 2] }), aPool('conv')], 2), /both/],
    ['a window of nothing but padding', aGraph([aMaxPool({ padding: aside }), aFlatten()], 12), /padding \[2,0\]/],
    ['a window larger than the picture', aGraph([aMaxPool({ poolSize: [3, 2] }), aFlatten()], 3), /window larger/],
    [
      'a mean that does not say what it counts',
      { ...aGraph([], 3), nodes: [{ ...aMaxPool(), op: 'averagePool' }, aFlatten()] },
      /count/,
    ],
    ['a window over features', aGraph([aPool('input'), aMaxPool({ input: 'pool' })], 3), /'max' pools \[3\]/],
    ['features flattened again', aGraph([aPool('input'), { ...aFlatten(), input: 'pool' }], 3), /flattens \[3\]/],
    ['no pooling at the end', aGraph([aConv()], 2), /must yield \[2\]/],
  ])('refuses %s', (_, graph, message) => {
    expect(() => parseGraph(graph)).toThrow(BaseNetworkError);
    expect(() => parseGraph(graph)).toThrow(message);
  });

  it('knows the shapes after windows, taps apart and flattening', () => {
    const padding = [
      [0, 1],
      [1, 1],
    ] as const;
    const nodes = [
      aMaxPool({ padding, strides: [2, 1] }),
      aConv({ input: 'max', kernelSize: [2, 2], dilations: [1, 3], padding }),
      { id: 'flat', op: 'flatten', input: 'conv' } as const,
    ];
    // 7x7 pixels: height (7 + 1 - 2) / 2 + 1 = 4, width 7 + 2 - 2 + 1 = 8; then 4 + 1 - 1 = 4 and 8 + 2 - 3 = 7.
    const shapes = inferShapes(parseGraph(aGraph(nodes, 56, 7)));
    expect(['max', 'conv', 'flat'].map((id) => shapes.get(id))).toEqual([[4, 8, 3], [4, 7, 2], [56]]);
  });

  function unequalSum() {
    const sum = { id: 'sum', op: 'add', inputs: ['conv', 'input'], activation: 'none' } as const;
    return aGraph([aConv(), sum, aPool('sum')], 2);
  }
});

describe('parseGraphJson', () => {
  it.each([
    ['what is not JSON', bytes('{"nodes":'), /not JSON/],
    ['what is not UTF-8', Uint8Array.of(0x22, 0xff, 0x22), /not JSON/],
    ['more bytes than a graph needs', new Uint8Array(GRAPH_LIMITS.jsonBytes + 1), /bytes, more than/],
    ['a JSON value that is no object', bytes('null'), /graph/],
  ])('refuses %s', (_, json, message) => {
    expect(() => parseGraphJson(json)).toThrow(BaseNetworkError);
    expect(() => parseGraphJson(json)).toThrow(message);
  });
});
