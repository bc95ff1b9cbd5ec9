import type { InputSpec, NetworkGraph } from '../graph/graph.types.js';
import { GRAPH_INPUT } from '../graph/shapes.js';
import { GraphBuilder } from './graph-builder.js';
import { CIFAR_INPUT, imagenetInput } from './inputs.js';
import { invertedResidual } from './inverted-residual.js';
import type { BlockNames } from './inverted-residual.js';

/** Sandler et al. 2018 (arXiv 1801.04381), table 2. */
const STAGES = [
  { expansion: 1, channels: 16, blocks: 1 },
  { expansion: 6, channels: 24, blocks: 2 },
  { expansion: 6, channels: 32, blocks: 3 },
  { expansion: 6, channels: 64, blocks: 4 },
  { expansion: 6, channels: 96, blocks: 3 },
  { expansion: 6, channels: 160, blocks: 3 },
  { expansion: 6, channels: 320, blocks: 1 },
] as const;
const STEM_CHANNELS = 32;
const LAST_CHANNELS = 1280;
const CHANNEL_DIVISOR = 8;
const IMAGENET_SIDE = 224;

/** The stem's stride, then that of each stage's first block: 224 pixels become 7. */
const IMAGENET_STRIDES: readonly number[] = [2, 1, 2, 2, 2, 1, 2, 1];
/** Keeps the resolution in the 24-channel stage: 32 pixels become 2, not 1. */
const SMALL_STRIDES: readonly number[] = [2, 1, 1, 2, 2, 1, 2, 1];

export interface MobileNetV2Options {
  readonly name?: string;
  /** Factor of all channels but the last 1,280, which only grow; 1 unless given. */
  readonly width?: number;
  /** 224x224 pixels with ImageNet's statistics unless given. */
  readonly input?: InputSpec;
  /** The stem's stride and those of the seven stages' first blocks; those of table 2 unless given. */
  readonly strides?: readonly number[];
}

/**
 * MobileNetV2 (Sandler et al. 2018, arXiv 1801.04381), 1,280 features, 2,223,872 parameters at width 1. Node ids and
 * the rounding of channels are torchvision's.
 */
export function mobileNetV2(options: MobileNetV2Options = {}): NetworkGraph {
  const { name = 'mobilenetv2', width = 1, input = imagenetInput(IMAGENET_SIDE), strides = IMAGENET_STRIDES } = options;
  const net = new GraphBuilder(name, input);
  const stem = { side: 3, filters: roundChannels(STEM_CHANNELS * width), stride: strides[0] ?? 1 };
  let last = net.norm('features.0.1', net.conv('features.0.0', GRAPH_INPUT, stem), 'relu6');
  let index = 1;
  STAGES.forEach(({ expansion, channels, blocks }, stage) => {
    for (let block = 0; block < blocks; block++) {
      const stride = block === 0 ? (strides[stage + 1] ?? 1) : 1;
      const names = blockNames(`features.${index++}`, expansion !== 1);
      last = invertedResidual(net, last, {
        channels: roundChannels(channels * width),
        expansion,
        side: 3,
        stride,
        names,
      });
    }
  });
  const filters = roundChannels(LAST_CHANNELS * Math.max(1, width));
  net.norm(`features.${index}.1`, net.conv(`features.${index}.0`, last, { side: 1, filters }), 'relu6');
  return net.build('globalAveragePool');
}

/** MobileNetV2 for 32x32 images with CIFAR-10's statistics, as `tools/pretrain` trains it: four halvings, not five. */
export function mobileNetV2For32(): NetworkGraph {
  return mobileNetV2({ name: 'mobilenetv2-32', input: CIFAR_INPUT, strides: SMALL_STRIDES });
}

/** Torchvision's names inside a block: a sequence, one shorter where nothing expands. */
function blockNames(id: string, expands: boolean): BlockNames {
  const at = expands ? 1 : 0;
  return {
    expand: [`${id}.conv.0.0`, `${id}.conv.0.1`],
    depthwise: [`${id}.conv.${at}.0`, `${id}.conv.${at}.1`],
    project: [`${id}.conv.${at + 1}`, `${id}.conv.${at + 2}`],
    add: `${id}.add`,
  };
}

/** The nearest multiple of 8, at least 8, and the next one where rounding takes more than a tenth away. */
function roundChannels(channels: number): number {
  const nearest = Math.floor((channels + CHANNEL_DIVISOR / 2) / CHANNEL_DIVISOR) * CHANNEL_DIVISOR;
  const rounded = Math.max(CHANNEL_DIVISOR, nearest);
  return rounded < 0.9 * channels ? rounded + CHANNEL_DIVISOR : rounded;
}
