import type { InputSpec, NetworkGraph } from '../graph/graph.types.js';
import { GRAPH_INPUT } from '../graph/shapes.js';
import { GraphBuilder } from './graph-builder.js';
import { CIFAR_INPUT, imagenetInput } from './inputs.js';
import { basicBlock, bottleneck } from './residual-blocks.js';
import type { AddResidualBlock } from './residual-blocks.js';

interface Stage {
  readonly channels: number;
  readonly blocks: number;
  /** Of the first block. */
  readonly stride: number;
}

interface ResNet {
  readonly name: string;
  readonly input: InputSpec;
  readonly stem: { readonly side: number; readonly filters: number; readonly stride: number; readonly pool: boolean };
  readonly stages: readonly Stage[];
  readonly block: AddResidualBlock;
}

/**
 * ResNet-14 for 32x32 images: a 3x3 stem and six basic blocks (He et al. 2016, arXiv 1512.03385), 1,320,032
 * trainable parameters, 256 features. Node ids are torchvision's, so importing PyTorch weights is a renaming.
 */
export function resnet14(): NetworkGraph {
  return resnet({
    name: 'resnet14',
    input: CIFAR_INPUT,
    stem: { side: 3, filters: 32, stride: 1, pool: false },
    stages: [
      { channels: 32, blocks: 2, stride: 2 },
      { channels: 64, blocks: 2, stride: 2 },
      { channels: 128, blocks: 1, stride: 2 },
      { channels: 256, blocks: 1, stride: 2 },
    ],
    block: basicBlock,
  });
}

/** Depths of the CIFAR style: `6n + 2` layers with kernels, the classifier counted. */
export const CIFAR_RESNET_DEPTHS = [20, 26, 32, 56] as const;

/**
 * The ResNets for 32x32 images of He et al. 2016, section 4.2: a 3x3 stem and three stages of 16, 32 and 64 channels
 * with `(depth − 2) / 6` basic blocks each, 64 features. Shortcuts that change shape are projections (option B),
 * where the paper's CIFAR networks pad with zeros (option A): 2,752 more parameters, and every layer has a kernel.
 */
export function cifarResnet(depth: (typeof CIFAR_RESNET_DEPTHS)[number]): NetworkGraph {
  const blocks = (depth - 2) / 6;
  return resnet({
    name: `resnet${depth}`,
    input: CIFAR_INPUT,
    stem: { side: 3, filters: 16, stride: 1, pool: false },
    stages: [
      { channels: 16, blocks, stride: 1 },
      { channels: 32, blocks, stride: 2 },
      { channels: 64, blocks, stride: 2 },
    ],
    block: basicBlock,
  });
}

/** Blocks of each stage: He et al. 2016, table 1. */
const IMAGENET_RESNETS = {
  18: { block: basicBlock, blocks: [2, 2, 2, 2] },
  50: { block: bottleneck, blocks: [3, 4, 6, 3] },
} as const;
const IMAGENET_CHANNELS = 64;
const IMAGENET_SIDE = 224;

/**
 * ResNet-18 (512 features) and ResNet-50 (2,048) of He et al. 2016 as torchvision has them: 7x7 stem and 3x3 maximum,
 * both of stride 2, then four stages; bottlenecks take their stride in the 3x3 convolution.
 */
export function imagenetResnet(depth: keyof typeof IMAGENET_RESNETS, side = IMAGENET_SIDE): NetworkGraph {
  const { block, blocks } = IMAGENET_RESNETS[depth];
  return resnet({
    name: `resnet${depth}`,
    input: imagenetInput(side),
    stem: { side: 7, filters: IMAGENET_CHANNELS, stride: 2, pool: true },
    stages: blocks.map((count, stage) => ({
      channels: IMAGENET_CHANNELS << stage,
      blocks: count,
      stride: stage === 0 ? 1 : 2,
    })),
    block,
  });
}

function resnet({ name, input, stem, stages, block }: ResNet): NetworkGraph {
  const net = new GraphBuilder(name, input);
  let last = net.norm('bn1', net.conv('conv1', GRAPH_INPUT, stem), 'relu');
  if (stem.pool) last = net.maxPool('maxpool', last, { side: 3, stride: 2, padded: true });
  stages.forEach(({ channels, blocks, stride }, stage) => {
    for (let index = 0; index < blocks; index++) {
      const id = `layer${stage + 1}.${index}`;
      last = block(net, { id, input: last, channels, stride: index === 0 ? stride : 1 });
    }
  });
  return net.build('globalAveragePool');
}
