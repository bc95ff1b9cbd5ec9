import type {
  Activation,
  BatchNormNode,
  Conv2dNode,
  GraphNode,
  InputSpec,
  NetworkGraph,
} from '../graph/graph.types.js';
import { GRAPH_INPUT } from '../graph/shapes.js';

/** Channels and number of residual blocks of each stage; every stage halves the resolution in its first block. */
const STAGES = [
  { channels: 32, blocks: 2 },
  { channels: 64, blocks: 2 },
  { channels: 128, blocks: 1 },
  { channels: 256, blocks: 1 },
] as const;
const STEM_CHANNELS = 32;
/** PyTorch's BatchNorm2d default, with which the weights were trained. */
const EPSILON = 1e-5;

/** 32x32 RGB with the channel statistics of CIFAR-10's training images. */
const INPUT: InputSpec = {
  height: 32,
  width: 32,
  channels: 3,
  mean: [0.4914, 0.4822, 0.4465],
  std: [0.247, 0.2435, 0.2616],
};

/**
 * ResNet-14 for 32x32 images: a 3x3 stem and six basic blocks (He et al. 2016, arXiv 1512.03385), 1,320,032
 * trainable parameters, 256 features. Node ids are torchvision's, so importing PyTorch weights is a renaming.
 */
export function resnet14(): NetworkGraph {
  const nodes: GraphNode[] = [
    conv('conv1', GRAPH_INPUT, { side: 3, from: INPUT.channels, to: STEM_CHANNELS, stride: 1 }),
    norm('bn1', 'conv1', STEM_CHANNELS, 'relu'),
  ];
  let input = 'bn1';
  let from = STEM_CHANNELS;
  STAGES.forEach(({ channels, blocks }, stage) => {
    for (let block = 0; block < blocks; block++) {
      const id = `layer${stage + 1}.${block}`;
      nodes.push(...basicBlock(id, input, { from, to: channels, stride: block === 0 ? 2 : 1 }));
      input = `${id}.add`;
      from = channels;
    }
  });
  nodes.push({ id: 'pool', op: 'globalAveragePool', input });
  return { format: 'kernelcast.graph/1', name: 'resnet14', input: INPUT, nodes, featureSize: from };
}

interface BlockSize {
  readonly from: number;
  readonly to: number;
  readonly stride: number;
}

function basicBlock(id: string, input: string, size: BlockSize): GraphNode[] {
  const { from, to, stride } = size;
  const projects = stride !== 1 || from !== to;
  return [
    conv(`${id}.conv1`, input, { ...size, side: 3 }),
    norm(`${id}.bn1`, `${id}.conv1`, to, 'relu'),
    conv(`${id}.conv2`, `${id}.bn1`, { side: 3, from: to, to, stride: 1 }),
    norm(`${id}.bn2`, `${id}.conv2`, to, 'none'),
    ...(projects
      ? [
          conv(`${id}.downsample.0`, input, { ...size, side: 1 }),
          norm(`${id}.downsample.1`, `${id}.downsample.0`, to, 'none'),
        ]
      : []),
    { id: `${id}.add`, op: 'add', inputs: [`${id}.bn2`, projects ? `${id}.downsample.1` : input], activation: 'relu' },
  ];
}

/** Square kernel, padded as PyTorch does: `(side - 1) / 2` on every edge, also when the stride is 2. */
function conv(id: string, input: string, size: BlockSize & { readonly side: number }): Conv2dNode {
  const pad = (size.side - 1) / 2;
  return {
    id,
    op: 'conv2d',
    input,
    kernelSize: [size.side, size.side],
    inChannels: size.from,
    filters: size.to,
    strides: [size.stride, size.stride],
    padding: [
      [pad, pad],
      [pad, pad],
    ],
    groups: 1,
    useBias: false,
  };
}

function norm(id: string, input: string, channels: number, activation: Activation): BatchNormNode {
  return { id, op: 'batchNorm', input, channels, epsilon: EPSILON, activation };
}
