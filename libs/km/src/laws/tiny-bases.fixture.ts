import { createPrng, elementCount } from '@kernelcast/artifact';
import type { FloatTensor } from '@kernelcast/artifact';
import { parameterSpecs } from '@kernelcast/nets';
import type { BaseNetwork, BatchNormNode, Conv2dNode, GraphNode, NetworkGraph, ParameterSpec } from '@kernelcast/nets';

const INPUT = { height: 7, width: 6, channels: 3, mean: [0.5, 0.5, 0.5], std: [0.25, 0.25, 0.25] } as const;

const conv = (node: Partial<Conv2dNode> & Pick<Conv2dNode, 'id' | 'input' | 'inChannels' | 'filters'>): Conv2dNode => ({
  op: 'conv2d',
  kernelSize: [3, 3],
  strides: [1, 1],
  padding: [
    [1, 1],
    [1, 1],
  ],
  groups: 1,
  useBias: false,
  ...node,
});

const norm = (
  id: string,
  input: string,
  channels: number,
  activation: BatchNormNode['activation'] = 'none',
): BatchNormNode => ({ id, op: 'batchNorm', input, channels, epsilon: 1e-3, activation });

const graph = (name: string, featureSize: number, nodes: GraphNode[]): NetworkGraph => ({
  format: 'kernelcast.graph/1',
  name,
  input: INPUT,
  nodes,
  featureSize,
});

/** Stride, uneven padding, a bias next to a BatchNorm. */
const strided = graph('strided', 5, [
  conv({ id: 'stem', input: 'input', inChannels: 3, filters: 4, strides: [2, 2], padding: [[0, 1], [1, 0]] }), // prettier-ignore
  norm('stem.bn', 'stem', 4, 'relu'),
  conv({ id: 'mix', input: 'stem.bn', inChannels: 4, filters: 5, kernelSize: [1, 1], padding: [[0, 0], [0, 0]], useBias: true }), // prettier-ignore
  { id: 'act', op: 'activation', input: 'mix', activation: 'relu6' },
  { id: 'pool', op: 'globalAveragePool', input: 'act' },
]);

const grouped = graph('grouped', 6, [
  conv({ id: 'stem', input: 'input', inChannels: 3, filters: 4 }),
  norm('stem.bn', 'stem', 4, 'relu'),
  conv({ id: 'groups', input: 'stem.bn', inChannels: 4, filters: 6, groups: 2 }),
  norm('groups.bn', 'groups', 6, 'relu'),
  { id: 'pool', op: 'globalAveragePool', input: 'groups.bn' },
]);

const depthwise = graph('depthwise', 5, [
  conv({ id: 'stem', input: 'input', inChannels: 3, filters: 4 }),
  norm('stem.bn', 'stem', 4, 'relu6'),
  {
    id: 'depth',
    op: 'depthwiseConv2d',
    input: 'stem.bn',
    kernelSize: [3, 3],
    inChannels: 4,
    multiplier: 2,
    strides: [2, 2],
    padding: [
      [1, 1],
      [1, 1],
    ],
    useBias: false,
  },
  norm('depth.bn', 'depth', 8, 'relu6'),
  conv({ id: 'point', input: 'depth.bn', inChannels: 8, filters: 5, kernelSize: [1, 1], padding: [[0, 0], [0, 0]] }), // prettier-ignore
  norm('point.bn', 'point', 5),
  { id: 'pool', op: 'globalAveragePool', input: 'point.bn' },
]);

const residual = graph('residual', 3, [
  conv({ id: 'stem', input: 'input', inChannels: 3, filters: 4 }),
  norm('stem.bn', 'stem', 4, 'relu'),
  conv({ id: 'body', input: 'stem.bn', inChannels: 4, filters: 4 }),
  norm('body.bn', 'body', 4),
  { id: 'add', op: 'add', inputs: ['body.bn', 'stem.bn'], activation: 'relu' },
  { id: 'pool', op: 'globalAveragePool', input: 'add' },
  { id: 'embed', op: 'dense', input: 'pool', inFeatures: 4, units: 3, useBias: true },
]);

/** Graphs of a few hundred parameters that between them use every kind of layer and every option of it. */
export const TINY_GRAPHS: readonly NetworkGraph[] = [strided, grouped, depthwise, residual];

/** A base network with drawn weights: kernels around zero, γ and the variance around one. */
export function tinyBase(of: NetworkGraph, seed: number): BaseNetwork {
  const prng = createPrng(seed);
  const weights = new Map(parameterSpecs(of).map((spec) => [spec.name, draw(spec, prng)]));
  return { graph: of, weights, digest: `sha256:${'0'.repeat(64)}` };
}

function draw({ kind, shape }: ParameterSpec, prng: { nextNormal(): number; nextFloat(): number }): FloatTensor {
  const values: Record<string, () => number> = {
    gamma: () => 1 + 0.3 * prng.nextNormal(),
    variance: () => 0.5 + prng.nextFloat(),
  };
  const next = values[kind] ?? (() => 0.4 * prng.nextNormal());
  return { shape: [...shape], data: Float32Array.from({ length: elementCount(shape) }, next) };
}
