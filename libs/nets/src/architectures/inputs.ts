import type { InputSpec } from '../graph/graph.types.js';

/** Square RGB images, with the statistics of ImageNet's training images that torchvision and timm use. */
export function imagenetInput(side: number): InputSpec {
  return { height: side, width: side, channels: 3, mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] };
}

/** 32x32 RGB with the channel statistics of CIFAR-10's training images. */
export const CIFAR_INPUT: InputSpec = {
  height: 32,
  width: 32,
  channels: 3,
  mean: [0.4914, 0.4822, 0.4465],
  std: [0.247, 0.2435, 0.2616],
};

/** Square RGB images whose values become -1 to 1. */
export function centredInput(side: number): InputSpec {
  return { height: side, width: side, channels: 3, mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] };
}
