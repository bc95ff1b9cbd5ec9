import type { BaseLayer } from '@kernelcast/contracts';
import { z } from 'zod';

/**
 * The parts of a graph that decide which parameters a base network has. Trainers and devices, which run the graph,
 * check all the rest of it; the registry must only be able to count.
 */
const size = z.int().min(1).max(16_384);
const side = z.int().min(1).max(31);
const id = z
  .string()
  .max(128)
  .regex(/^[A-Za-z0-9_][A-Za-z0-9_.-]*$/);
const kernelSize = z.tuple([side, side]);
const useBias = z.boolean();

const nodeSchema = z.discriminatedUnion('op', [
  z.looseObject({ op: z.literal('conv2d'), id, kernelSize, inChannels: size, filters: size, groups: size, useBias }),
  z.looseObject({ op: z.literal('depthwiseConv2d'), id, kernelSize, inChannels: size, multiplier: size, useBias }),
  z.looseObject({ op: z.literal('dense'), id, inFeatures: size, units: size, useBias }),
  z.looseObject({ op: z.literal('batchNorm'), id, channels: size }),
  z.looseObject({ op: z.enum(['activation', 'add', 'maxPool', 'averagePool', 'globalAveragePool', 'flatten']), id }),
]);

const MAX_NODES = 1024;
const MAX_IMAGE_SIDE = 2048;
const imageSide = z.int().min(1).max(MAX_IMAGE_SIDE);
const perChannel = z.array(z.number()).default([]);

export const graphSchema = z
  .looseObject({
    format: z.literal('kernelcast.graph/1'),
    name: z.string().min(1).max(128),
    input: z.looseObject({ height: imageSide, width: imageSide, mean: perChannel, std: perChannel }),
    nodes: z.array(nodeSchema).min(1).max(MAX_NODES),
    featureSize: size,
  })
  .refine(({ nodes }) => new Set(nodes.map((node) => node.id)).size === nodes.length, 'node ids must be distinct')
  .refine(
    ({ nodes }) => nodes.every((node) => node.op !== 'conv2d' || dividesChannels(node)),
    'groups must divide channels and filters',
  );

export type Graph = z.infer<typeof graphSchema>;
export type GraphNode = Graph['nodes'][number];
export type KernelNode = Extract<GraphNode, { useBias: boolean }>;

function dividesChannels(node: { inChannels: number; filters: number; groups: number }): boolean {
  return node.inChannels % node.groups === 0 && node.filters % node.groups === 0;
}

export const isKernelNode = (node: GraphNode): node is KernelNode =>
  node.op === 'conv2d' || node.op === 'depthwiseConv2d' || node.op === 'dense';

/** Channels or units that a layer with a kernel yields: the length of its bias. */
export const outputsOf = (node: KernelNode): number => {
  if (node.op === 'dense') return node.units;
  return node.op === 'conv2d' ? node.filters : node.inChannels * node.multiplier;
};

/** `[kh, kw, cin / groups, filters]`, `[kh, kw, c, multiplier]` or `[in, units]`. */
const kernelShape = (node: KernelNode): number[] => {
  if (node.op === 'dense') return [node.inFeatures, node.units];
  if (node.op === 'depthwiseConv2d') return [...node.kernelSize, node.inChannels, node.multiplier];
  return [...node.kernelSize, node.inChannels / node.groups, node.filters];
};

const MOVING_STATISTICS = ['mean', 'variance'];
const BATCH_NORM_PARAMETERS = ['gamma', 'beta', ...MOVING_STATISTICS];

/** Shape of every tensor that the weights file of a graph must hold, by name. */
export const tensorShapes = ({ nodes }: Graph): Map<string, readonly number[]> => {
  const shapes = new Map<string, readonly number[]>();
  for (const node of nodes) {
    if (isKernelNode(node)) {
      shapes.set(`${node.id}/kernel`, kernelShape(node));
      if (node.useBias) shapes.set(`${node.id}/bias`, [outputsOf(node)]);
    } else if (node.op === 'batchNorm') {
      for (const parameter of BATCH_NORM_PARAMETERS) shapes.set(`${node.id}/${parameter}`, [node.channels]);
    }
  }
  return shapes;
};

/** Trainable numbers of a base network: all tensors but the moving statistics. */
export const countParameters = (graph: Graph): number =>
  [...tensorShapes(graph)]
    .filter(([name]) => !MOVING_STATISTICS.some((statistic) => name.endsWith(`/${statistic}`)))
    .reduce((sum, [, shape]) => sum + shape.reduce((product, length) => product * length, 1), 0);

/** Layers that have parameters, in the order in which they run. */
export const layersOf = (graph: Graph): BaseLayer[] =>
  graph.nodes.flatMap((node): BaseLayer[] => {
    const { id: layer, op } = node;
    if (node.op === 'batchNorm') return [{ layer, op, shape: null, parameters: 2 * node.channels }];
    if (!isKernelNode(node)) return [];
    return [{ layer, op, shape: kernelShape(node), parameters: countParameters({ ...graph, nodes: [node] }) }];
  });
