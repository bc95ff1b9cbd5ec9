import { aBatchNorm, aConv, aDepthwiseConv, aGraph, aPool } from '../testing/graph.factory.js';
import { countParameters, parameterSpecs } from './parameters.js';

const graph = aGraph(
  [
    aConv({ filters: 4, groups: 1, useBias: true }),
    aBatchNorm({ channels: 4 }),
    aConv({ id: 'grouped', input: 'bn', inChannels: 4, filters: 6, groups: 2 }),
    aDepthwiseConv({ input: 'grouped', inChannels: 6, multiplier: 2, useBias: true }),
    aPool('depthwise'),
    { id: 'dense', op: 'dense', input: 'pool', inFeatures: 12, units: 5, useBias: true },
  ],
  5,
);

describe('parameterSpecs', () => {
  it('names every tensor with its layer, shape and whether it is trained', () => {
    expect(parameterSpecs(graph).map(({ name, shape }) => `${name} ${shape.join('x')}`)).toEqual([
      'conv/kernel 1x1x3x4',
      'conv/bias 4',
      'bn/gamma 4',
      'bn/beta 4',
      'bn/mean 4',
      'bn/variance 4',
      'grouped/kernel 1x1x2x6',
      'depthwise/kernel 1x1x6x2',
      'depthwise/bias 12',
      'dense/kernel 12x5',
      'dense/bias 5',
    ]);
    expect(
      parameterSpecs(graph)
        .filter((spec) => !spec.trainable)
        .map((spec) => spec.kind),
    ).toEqual(['mean', 'variance']);
  });
});

describe('countParameters', () => {
  it('counts what is trained, and no moving statistics', () => {
    expect(countParameters(graph)).toBe(12 + 4 + 8 + 12 + 12 + 12 + 60 + 5);
  });
});
