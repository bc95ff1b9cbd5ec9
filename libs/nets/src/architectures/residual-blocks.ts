import type { GraphBuilder } from './graph-builder.js';

/** One residual block: `channels` are those of its 3x3 convolutions. */
interface ResidualBlock {
  readonly id: string;
  readonly input: string;
  readonly channels: number;
  readonly stride: number;
}

/** Adds a block and gives the id of its output. */
export type AddResidualBlock = (net: GraphBuilder, block: ResidualBlock) => string;

/** Output channels of a bottleneck for each of its inner ones. */
const BOTTLENECK_EXPANSION = 4;

/** Two 3x3 convolutions (He et al. 2016, arXiv 1512.03385, figure 5 left); the first takes the stride. */
export const basicBlock: AddResidualBlock = (net, block) => {
  const { id, input, channels, stride } = block;
  const first = net.norm(`${id}.bn1`, net.conv(`${id}.conv1`, input, { side: 3, filters: channels, stride }), 'relu');
  const second = net.norm(`${id}.bn2`, net.conv(`${id}.conv2`, first, { side: 3, filters: channels }), 'none');
  return net.add(`${id}.add`, [second, shortcut(net, block, channels)], 'relu');
};

/** 1x1, 3x3, 1x1 (figure 5 right). The 3x3 convolution takes the stride, as in torchvision ("ResNet v1.5"). */
export const bottleneck: AddResidualBlock = (net, block) => {
  const { id, input, channels, stride } = block;
  const outputs = channels * BOTTLENECK_EXPANSION;
  const narrow = net.norm(`${id}.bn1`, net.conv(`${id}.conv1`, input, { side: 1, filters: channels }), 'relu');
  const middle = net.norm(`${id}.bn2`, net.conv(`${id}.conv2`, narrow, { side: 3, filters: channels, stride }), 'relu');
  const wide = net.norm(`${id}.bn3`, net.conv(`${id}.conv3`, middle, { side: 1, filters: outputs }), 'none');
  return net.add(`${id}.add`, [wide, shortcut(net, block, outputs)], 'relu');
};

/** The block's input, projected where its shape changes: option B of He et al. */
function shortcut(net: GraphBuilder, { id, input, stride }: ResidualBlock, filters: number): string {
  if (stride === 1 && net.channelsOf(input) === filters) return input;
  return net.norm(`${id}.downsample.1`, net.conv(`${id}.downsample.0`, input, { side: 1, filters, stride }), 'none');
}
