import type { NetworkGraph } from '../graph/graph.types.js';
import { GRAPH_INPUT } from '../graph/shapes.js';
import { GraphBuilder, TENSORFLOW } from './graph-builder.js';
import { centredInput } from './inputs.js';
import { invertedResidual } from './inverted-residual.js';
import type { BlockNames } from './inverted-residual.js';

/** Tan and Le 2019 (arXiv 1905.11946), table 1, of which the Lite variant drops squeeze-and-excite. */
const STAGES = [
  { expansion: 1, channels: 16, blocks: 1, side: 3, stride: 1 },
  { expansion: 6, channels: 24, blocks: 2, side: 3, stride: 2 },
  { expansion: 6, channels: 40, blocks: 2, side: 5, stride: 2 },
  { expansion: 6, channels: 80, blocks: 3, side: 3, stride: 2 },
  { expansion: 6, channels: 112, blocks: 3, side: 5, stride: 1 },
  { expansion: 6, channels: 192, blocks: 4, side: 5, stride: 2 },
  { expansion: 6, channels: 320, blocks: 1, side: 3, stride: 1 },
] as const;
const STEM_CHANNELS = 32;
const LAST_CHANNELS = 1280;
const SIDE = 224;

/**
 * EfficientNet-Lite0: EfficientNet-B0 with ReLU6 and without squeeze-and-excite, 1,280 features. Node ids are timm's
 * (`tf_efficientnet_lite0`), and 3,371,008 parameters; padding is TensorFlow's "same", made explicit for the given side, images -1 to 1.
 */
export function efficientNetLite0(side = SIDE): NetworkGraph {
  const net = new GraphBuilder('efficientnet-lite0', centredInput(side), TENSORFLOW);
  const stem = { side: 3, filters: STEM_CHANNELS, stride: 2 };
  let last = net.norm('bn1', net.conv('conv_stem', GRAPH_INPUT, stem), 'relu6');
  STAGES.forEach((stage, at) => {
    for (let index = 0; index < stage.blocks; index++) {
      const names = blockNames(`blocks.${at}.${index}`, stage.expansion !== 1);
      last = invertedResidual(net, last, { ...stage, stride: index === 0 ? stage.stride : 1, names });
    }
  });
  net.norm('bn2', net.conv('conv_head', last, { side: 1, filters: LAST_CHANNELS }), 'relu6');
  return net.build('globalAveragePool');
}

/** Timm's names inside a block; where nothing expands, BatchNorms count from the depthwise one. */
function blockNames(id: string, expands: boolean): BlockNames {
  return {
    expand: [`${id}.conv_pw`, `${id}.bn1`],
    depthwise: [`${id}.conv_dw`, expands ? `${id}.bn2` : `${id}.bn1`],
    project: expands ? [`${id}.conv_pwl`, `${id}.bn3`] : [`${id}.conv_pw`, `${id}.bn2`],
    add: `${id}.add`,
  };
}
