import type { NetworkGraph } from '../graph/graph.types.js';
import { GRAPH_INPUT } from '../graph/shapes.js';
import { GraphBuilder } from './graph-builder.js';
import { centredInput } from './inputs.js';

const BLOCKS = 4;
/** Each block halves: of fewer pixels nothing is left. */
const LEAST_SIDE = 2 ** BLOCKS;

export interface Conv4Options {
  /** Height and width of the images in pixels, 16 or more; 28 (Omniglot) unless given. */
  readonly side?: number;
  /** Channels of every block; 64 unless given. */
  readonly filters?: number;
}

/**
 * Conv4, the usual network of few-shot learning (Vinyals et al. 2016, arXiv 1606.04080; Finn et al. 2017,
 * arXiv 1703.03400): four blocks of 3x3 convolution, BatchNorm, ReLU and 2x2 maximum, their picture flattened.
 * Convolutions have no bias, which BatchNorm would cancel. Images are RGB, scaled to -1 to 1.
 * @throws {RangeError} when `side` is below 16.
 */
export function conv4({ side = 28, filters = 64 }: Conv4Options = {}): NetworkGraph {
  if (side < LEAST_SIDE) throw new RangeError(`Conv4 needs ${LEAST_SIDE} pixels a side, not ${side}`);
  const net = new GraphBuilder('conv4', centredInput(side));
  let last: string = GRAPH_INPUT;
  for (let block = 1; block <= BLOCKS; block++) {
    last = net.norm(`bn${block}`, net.conv(`conv${block}`, last, { side: 3, filters }), 'relu');
    last = net.maxPool(`pool${block}`, last, { side: 2, stride: 2, padded: false });
  }
  return net.build('flatten');
}
