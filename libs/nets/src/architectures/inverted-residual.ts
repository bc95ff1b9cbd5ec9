import type { GraphBuilder } from './graph-builder.js';

/** Ids of a convolution and of the BatchNorm behind it. */
type Pair = readonly [conv: string, norm: string];

/** Ids of a block's nodes; those that expand are not used where nothing expands. */
export interface BlockNames {
  readonly expand: Pair;
  readonly depthwise: Pair;
  readonly project: Pair;
  readonly add: string;
}

/** A block of MobileNetV2's kind, under the names of some library. */
export interface InvertedResidual {
  readonly channels: number;
  /** Channels inside for each of the input; 1 leaves the expanding convolution out. */
  readonly expansion: number;
  /** Of the depthwise kernel. */
  readonly side: number;
  readonly stride: number;
  readonly names: BlockNames;
}

/**
 * Inverted residual (Sandler et al. 2018, arXiv 1801.04381, figure 3): 1x1 up, depthwise, 1x1 down without an
 * activation, and a shortcut where the shape stays. Gives the id of its output.
 */
export function invertedResidual(net: GraphBuilder, input: string, block: InvertedResidual): string {
  const { channels, expansion, side, stride, names } = block;
  const outer = net.channelsOf(input);
  let last = input;
  if (expansion !== 1) {
    last = net.norm(names.expand[1], net.conv(names.expand[0], last, { side: 1, filters: outer * expansion }), 'relu6');
  }
  last = net.norm(names.depthwise[1], net.depthwise(names.depthwise[0], last, { side, stride }), 'relu6');
  last = net.norm(names.project[1], net.conv(names.project[0], last, { side: 1, filters: channels }), 'none');
  return stride === 1 && outer === channels ? net.add(names.add, [input, last], 'none') : last;
}
