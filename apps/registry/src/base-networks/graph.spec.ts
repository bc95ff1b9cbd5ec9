import { countParameters, graphSchema, tensorShapes } from './graph.js';

const window = {
  poolSize: [2, 2],
  strides: [2, 2],
  padding: [
    [0, 0],
    [0, 0],
  ],
};
const document = {
  format: 'kernelcast.graph/1',
  name: 'every-operation',
  input: { height: 8, width: 8 },
  nodes: [
    { op: 'conv2d', id: 'conv', kernelSize: [3, 3], inChannels: 3, filters: 4, groups: 1, useBias: true, dilations: [2, 1] }, // prettier-ignore
    { op: 'batchNorm', id: 'bn', channels: 4 },
    { op: 'maxPool', id: 'max', input: 'bn', ...window },
    { op: 'depthwiseConv2d', id: 'depthwise', kernelSize: [3, 3], inChannels: 4, multiplier: 2, useBias: false },
    { op: 'activation', id: 'relu', input: 'depthwise', activation: 'relu' },
    { op: 'add', id: 'sum', inputs: ['relu', 'relu'], activation: 'none' },
    { op: 'averagePool', id: 'mean', input: 'sum', ...window, countPadding: false },
    { op: 'flatten', id: 'flat', input: 'mean' },
    { op: 'dense', id: 'dense', inFeatures: 8, units: 2, useBias: false },
  ],
  featureSize: 2,
};

describe('the graph as the registry reads it', () => {
  it('knows every operation, and which of them have parameters', () => {
    const graph = graphSchema.parse(document);
    expect([...tensorShapes(graph)].map(([name, shape]) => `${name} ${shape.join('x')}`)).toEqual([
      'conv/kernel 3x3x3x4',
      'conv/bias 4',
      'bn/gamma 4',
      'bn/beta 4',
      'bn/mean 4',
      'bn/variance 4',
      'depthwise/kernel 3x3x4x2',
      'dense/kernel 8x2',
    ]);
    expect(countParameters(graph)).toBe(108 + 4 + 8 + 72 + 16);
  });

  it('refuses an operation it does not know', () => {
    const nodes = [...document.nodes, { op: 'concat', id: 'both' }];
    expect(graphSchema.safeParse({ ...document, nodes }).success).toBe(false);
  });
});
