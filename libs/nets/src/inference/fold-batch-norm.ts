import type { FloatTensor, WeightMap } from '@kernelcast/artifact';
import type { BatchNormNode, Conv2dNode, DepthwiseConv2dNode, GraphNode, NetworkGraph } from '../graph/graph.types.js';
import { countReaders } from '../graph/shapes.js';

type ConvNode = Conv2dNode | DepthwiseConv2dNode;

/** A graph with its weights. */
export interface Network {
  readonly graph: NetworkGraph;
  readonly weights: WeightMap;
}

/**
 * The same function with fewer passes over the activations: a BatchNorm that is the only reader of a convolution
 * becomes part of its kernel and bias, `W · γ / √(v + ε)` and `β + (b − μ) · γ / √(v + ε)`; its activation stays.
 * Results differ by rounding only. New arrays for what changes; the network given is left alone.
 */
export function foldBatchNorm({ graph, weights }: Network): Network {
  const folded = new Map(weights);
  const convs = foldable(graph);
  const targets = new Set<GraphNode>(convs.values());
  const renamed = new Map<string, string>();
  const nodes: GraphNode[] = [];
  for (const node of graph.nodes) {
    const conv = node.op === 'batchNorm' ? convs.get(node.id) : undefined;
    if (node.op !== 'batchNorm' || conv === undefined) {
      const biased = isConv(node) && targets.has(node) ? { ...node, useBias: true } : node;
      nodes.push(withInputs(biased, renamed));
      continue;
    }
    foldInto(folded, conv, node);
    if (node.activation === 'none') renamed.set(node.id, conv.id);
    else nodes.push({ id: node.id, op: 'activation', input: conv.id, activation: node.activation });
  }
  return { graph: { ...graph, nodes }, weights: folded };
}

/** BatchNorm nodes by id with the convolution each can be folded into: one that nobody else reads. */
function foldable(graph: NetworkGraph): Map<string, ConvNode> {
  const byId = new Map(graph.nodes.map((node) => [node.id, node]));
  const readers = countReaders(graph);
  const pairs = new Map<string, ConvNode>();
  for (const node of graph.nodes) {
    if (node.op !== 'batchNorm') continue;
    const source = byId.get(node.input);
    if (source !== undefined && isConv(source) && readers.get(source.id) === 1) pairs.set(node.id, source);
  }
  return pairs;
}

function isConv(node: GraphNode): node is ConvNode {
  return node.op === 'conv2d' || node.op === 'depthwiseConv2d';
}

function withInputs(node: GraphNode, renamed: ReadonlyMap<string, string>): GraphNode {
  const rename = (id: string): string => renamed.get(id) ?? id;
  if (node.op !== 'add') return { ...node, input: rename(node.input) };
  const [first, second] = node.inputs;
  return { ...node, inputs: [rename(first), rename(second)] };
}

function foldInto(weights: Map<string, FloatTensor>, conv: ConvNode, norm: BatchNormNode): void {
  const take = (name: string): FloatTensor => {
    const tensor = weights.get(name);
    if (tensor === undefined) throw new Error(`No tensor '${name}'`);
    return tensor;
  };
  const [gamma, beta, mean, variance] = ['gamma', 'beta', 'mean', 'variance'].map((parameter) => {
    const { data } = take(`${norm.id}/${parameter}`);
    weights.delete(`${norm.id}/${parameter}`);
    return data;
  }) as [Float32Array, Float32Array, Float32Array, Float32Array];
  const kernel = take(`${conv.id}/kernel`);
  const bias = conv.useBias ? take(`${conv.id}/bias`).data : new Float32Array(norm.channels);
  const scale = gamma.map((value, channel) => value / Math.sqrt((variance[channel] ?? 0) + norm.epsilon));
  // The last axes of both kinds of kernels run over the output channels: [.., filters] and [.., c, multiplier].
  const data = kernel.data.map((value, i) => value * (scale[i % norm.channels] ?? 1));
  weights.set(`${conv.id}/kernel`, { shape: kernel.shape, data });
  const shifted = beta.map(
    (value, channel) => value + ((bias[channel] ?? 0) - (mean[channel] ?? 0)) * (scale[channel] ?? 1),
  );
  weights.set(`${conv.id}/bias`, { shape: [norm.channels], data: shifted });
}
