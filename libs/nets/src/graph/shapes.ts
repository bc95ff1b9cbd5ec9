import { elementCount } from '@kernelcast/artifact';
import { BaseNetworkError } from '../base/base-network.error.js';
import type { BaseNetworkFault } from '../base/base-network.error.js';
import type {
  AveragePoolNode,
  Conv2dNode,
  DepthwiseConv2dNode,
  Dilations,
  GraphNode,
  MaxPoolNode,
  NetworkGraph,
  Padding,
} from './graph.types.js';

/** Shape of a node's output without the batch: `[h, w, c]`, or `[c]` after pooling. */
export type NodeShape = readonly [number, number, number] | readonly [number];

/** The id by which nodes read the images. */
export const GRAPH_INPUT = 'input';

/** Numbers that one image may become at one node, 64 MiB: 20 times what the stem of a 224-pixel ResNet yields. */
const MAX_ACTIVATION_NUMBERS = 2 ** 24;

/** What a node without dilations has. */
export const UNDILATED: Dilations = [1, 1];

/** Ids of the nodes whose outputs a node reads. */
export function inputsOf(node: GraphNode): readonly string[] {
  return node.op === 'add' ? node.inputs : [node.input];
}

/** How many inputs read each node, by id. */
export function countReaders(graph: NetworkGraph): Map<string, number> {
  const readers = new Map<string, number>();
  for (const id of graph.nodes.flatMap(inputsOf)) readers.set(id, (readers.get(id) ?? 0) + 1);
  return readers;
}

/**
 * Output shape of every node, by id, the images under `'input'`.
 * @throws {BaseNetworkError} on a repeated id, a node that reads a later or unknown one, sizes that do not fit,
 * outputs that are too large or that nobody reads, or a last node that does not yield `[featureSize]`.
 */
export function inferShapes(graph: NetworkGraph): ReadonlyMap<string, NodeShape> {
  const { height, width, channels } = graph.input;
  const shapes = new Map<string, NodeShape>([[GRAPH_INPUT, [height, width, channels]]]);
  const unread = new Set([GRAPH_INPUT]);
  for (const node of graph.nodes) {
    const inputs = inputsOf(node).map((id) => {
      const shape = shapes.get(id);
      if (shape === undefined) fail(node, `reads '${id}', which is no earlier node`, 'malformed');
      unread.delete(id);
      return shape;
    });
    if (shapes.has(node.id)) fail(node, 'id used twice', 'malformed');
    const shape = outputShape(node, inputs);
    if (elementCount(shape) > MAX_ACTIVATION_NUMBERS)
      fail(node, `yields [${shape}], too large for a device`, 'too_large');
    shapes.set(node.id, shape);
    unread.add(node.id);
  }
  const last = graph.nodes.at(-1);
  const features = last && shapes.get(last.id);
  if (last === undefined || features?.length !== 1 || features[0] !== graph.featureSize) {
    throw new BaseNetworkError(`graph: the last node must yield [${graph.featureSize}], not [${String(features)}]`, {
      fault: 'wrong_shape',
      subject: last?.id,
    });
  }
  unread.delete(last.id);
  if (unread.size > 0) throw new BaseNetworkError(`graph: nobody reads '${[...unread].join("', '")}'`);
  return shapes;
}

function outputShape(node: GraphNode, inputs: readonly NodeShape[]): NodeShape {
  const [input, other] = inputs;
  if (input === undefined) return fail(node, 'has no input');
  switch (node.op) {
    case 'conv2d':
      if (node.inChannels % node.groups !== 0 || node.filters % node.groups !== 0) {
        fail(node, `${node.groups} groups divide neither all channels nor all filters`);
      }
      return [...convolved(node, input), node.filters];
    case 'depthwiseConv2d':
      return [...convolved(node, input), node.inChannels * node.multiplier];
    case 'batchNorm':
      return input.length === 3 && input[2] === node.channels
        ? input
        : fail(node, `expects [h, w, ${node.channels}], gets [${input}]`);
    case 'dense':
      return input.length === 1 && input[0] === node.inFeatures
        ? [node.units]
        : fail(node, `expects [${node.inFeatures}], gets [${input}]`);
    case 'activation':
      return input;
    case 'add':
      return String(input) === String(other) ? input : fail(node, `adds [${input}] and [${String(other)}]`);
    case 'maxPool':
    case 'averagePool':
      return pooled(node, input);
    case 'flatten':
      return input.length === 3 ? [elementCount(input)] : fail(node, `flattens [${input}]`);
    case 'globalAveragePool':
      return input.length === 3 ? [input[2]] : fail(node, `pools [${input}]`);
  }
}

function convolved(node: Conv2dNode | DepthwiseConv2dNode, input: NodeShape): [number, number] {
  if (input.length !== 3 || input[2] !== node.inChannels) {
    return fail(node, `expects [h, w, ${node.inChannels}], gets [${input}]`);
  }
  const { kernelSize: size, strides, padding, dilations = UNDILATED } = node;
  // No backend of tfjs computes both at once.
  if (Math.max(...dilations) > 1 && Math.max(...strides) > 1)
    fail(node, 'has both strides and dilations', 'unsupported_layer');
  const [height, width] = slide(input, { size, strides, padding, dilations });
  return height > 0 && width > 0 ? [height, width] : fail(node, `kernel larger than its input [${input}]`);
}

function pooled(node: MaxPoolNode | AveragePoolNode, input: NodeShape): NodeShape {
  if (input.length !== 3) return fail(node, `pools [${input}]`);
  const { poolSize: size, strides, padding } = node;
  // Then every window holds a pixel: no maximum of nothing and no mean of nothing.
  for (const axis of [0, 1] as const) {
    if (Math.max(...padding[axis]) >= size[axis]) fail(node, `padding [${padding[axis]}] of a window of ${size[axis]}`);
  }
  const [height, width] = slide(input, { size, strides, padding, dilations: UNDILATED });
  return height > 0 && width > 0 ? [height, width, input[2]] : fail(node, `window larger than its input [${input}]`);
}

interface SlidingWindow {
  readonly size: readonly [number, number];
  readonly strides: readonly [number, number];
  readonly padding: Padding;
  readonly dilations: Dilations;
}

/** Positions of a window that slides over `[h, w]`; none or fewer where it does not fit. */
function slide(input: readonly [number, number, number], window: SlidingWindow): [number, number] {
  const along = (axis: 0 | 1): number => {
    const padded = input[axis] + window.padding[axis][0] + window.padding[axis][1];
    const reach = (window.size[axis] - 1) * window.dilations[axis] + 1;
    return Math.floor((padded - reach) / window.strides[axis]) + 1;
  };
  return [along(0), along(1)];
}

function fail(node: GraphNode, reason: string, fault: BaseNetworkFault = 'wrong_shape'): never {
  throw new BaseNetworkError(`graph: node '${node.id}' ${reason}`, { fault, subject: node.id });
}
