import type { BatchNormNode, Conv2dNode, DepthwiseConv2dNode, GraphNode, NetworkGraph } from '../graph/graph.types.js';

/** A graph over `side`-pixel RGB images, its values taken as they are (mean 0, std 1). */
export function aGraph(nodes: readonly GraphNode[], featureSize: number, side = 2): NetworkGraph {
  const input = { height: side, width: side, channels: 3, mean: [0, 0, 0], std: [1, 1, 1] };
  return { format: 'kernelcast.graph/1', name: 'test', input, nodes, featureSize };
}

const UNPADDED = [
  [0, 0],
  [0, 0],
] as const;

/** 1x1 convolution of the images to two channels unless told otherwise. */
export function aConv(overrides: Partial<Conv2dNode> = {}): Conv2dNode {
  return {
    id: 'conv',
    op: 'conv2d',
    input: 'input',
    kernelSize: [1, 1],
    inChannels: 3,
    filters: 2,
    strides: [1, 1],
    padding: UNPADDED,
    groups: 1,
    useBias: false,
    ...overrides,
  };
}

export function aDepthwiseConv(overrides: Partial<DepthwiseConv2dNode> = {}): DepthwiseConv2dNode {
  return {
    id: 'depthwise',
    op: 'depthwiseConv2d',
    input: 'input',
    kernelSize: [1, 1],
    inChannels: 3,
    multiplier: 1,
    strides: [1, 1],
    padding: UNPADDED,
    useBias: false,
    ...overrides,
  };
}

export function aBatchNorm(overrides: Partial<BatchNormNode> = {}): BatchNormNode {
  return { id: 'bn', op: 'batchNorm', input: 'conv', channels: 2, epsilon: 0.25, activation: 'none', ...overrides };
}

export function aPool(input: string): GraphNode {
  return { id: 'pool', op: 'globalAveragePool', input };
}
