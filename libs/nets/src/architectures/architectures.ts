import { BaseNetworkError } from '../base/base-network.error.js';
import type { NetworkGraph } from '../graph/graph.types.js';
import { conv4 } from './conv4.js';
import { efficientNetLite0 } from './efficientnet-lite0.js';
import { mobileNetV2, mobileNetV2For32 } from './mobilenet-v2.js';
import { CIFAR_RESNET_DEPTHS, cifarResnet, imagenetResnet, resnet14 } from './resnet.js';

const ARCHITECTURES: ReadonlyMap<string, () => NetworkGraph> = new Map<string, () => NetworkGraph>([
  ['resnet14', resnet14],
  ...CIFAR_RESNET_DEPTHS.map((depth) => [`resnet${depth}`, () => cifarResnet(depth)] as const),
  ['resnet18', () => imagenetResnet(18)],
  ['resnet50', () => imagenetResnet(50)],
  ['mobilenetv2', () => mobileNetV2()],
  ['mobilenetv2-32', mobileNetV2For32],
  ['efficientnet-lite0', () => efficientNetLite0()],
  ['conv4', () => conv4()],
]);

/** Names that {@link buildArchitecture} knows. */
export function architectureNames(): string[] {
  return [...ARCHITECTURES.keys()];
}

/**
 * The graph of a known architecture.
 * @throws {BaseNetworkError} when no architecture has this name.
 */
export function buildArchitecture(name: string): NetworkGraph {
  const build = ARCHITECTURES.get(name);
  if (build === undefined) {
    throw new BaseNetworkError(`unknown architecture '${name}'; known: ${architectureNames().join(', ')}`, {
      fault: 'unknown_architecture',
      subject: name,
    });
  }
  return build();
}
