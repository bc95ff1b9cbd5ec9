import { elementCount } from '@kernelcast/artifact';
import type { GraphNode, NetworkGraph } from './graph.types.js';

export type ParameterKind = 'conv2d' | 'depthwiseConv2d' | 'dense' | 'bias' | 'gamma' | 'beta' | 'mean' | 'variance';

/** One parameter tensor of a base network. */
export interface ParameterSpec {
  /** `<layer>/kernel`, `<layer>/bias`, `<layer>/gamma`, ... */
  readonly name: string;
  /** Id of the node that owns it. */
  readonly layer: string;
  readonly kind: ParameterKind;
  readonly shape: readonly number[];
  /** False for moving statistics, which no gradient reaches. */
  readonly trainable: boolean;
}

/** Every parameter tensor of the graph, in node order. */
export function parameterSpecs(graph: NetworkGraph): ParameterSpec[] {
  return graph.nodes.flatMap(specsOf);
}

/** Trainable numbers in the base: kernels, biases, γ and β; no head, no moving statistics. */
export function countParameters(graph: NetworkGraph): number {
  return parameterSpecs(graph)
    .filter((spec) => spec.trainable)
    .reduce((sum, spec) => sum + elementCount(spec.shape), 0);
}

/** Shape of a layer's kernel: `[kh, kw, cin / groups, filters]`, `[kh, kw, c, multiplier]` or `[in, units]`. */
function kernelShape(node: Extract<GraphNode, { useBias: boolean }>): number[] {
  if (node.op === 'dense') return [node.inFeatures, node.units];
  if (node.op === 'depthwiseConv2d') return [...node.kernelSize, node.inChannels, node.multiplier];
  return [...node.kernelSize, node.inChannels / node.groups, node.filters];
}

function outputChannels(node: Extract<GraphNode, { useBias: boolean }>): number {
  if (node.op === 'dense') return node.units;
  return node.op === 'conv2d' ? node.filters : node.inChannels * node.multiplier;
}

function specsOf(node: GraphNode): ParameterSpec[] {
  const spec = (parameter: string, kind: ParameterKind, shape: number[], trainable = true): ParameterSpec => ({
    name: `${node.id}/${parameter}`,
    layer: node.id,
    kind,
    shape,
    trainable,
  });
  switch (node.op) {
    case 'conv2d':
    case 'depthwiseConv2d':
    case 'dense':
      return [
        spec('kernel', node.op, kernelShape(node)),
        ...(node.useBias ? [spec('bias', 'bias', [outputChannels(node)])] : []),
      ];
    case 'batchNorm':
      return [
        spec('gamma', 'gamma', [node.channels]),
        spec('beta', 'beta', [node.channels]),
        spec('mean', 'mean', [node.channels], false),
        spec('variance', 'variance', [node.channels], false),
      ];
    default:
      return [];
  }
}
