import type { BatchNormNode, KernelNode, NetworkGraph } from '@kernelcast/nets';
import { kernelWeights, modulatorSides } from './kernel-levels.js';
import type { KernelLevel } from './kernel-levels.js';
import type { PlannedKind, PlannedLayer } from './plan.types.js';

export type NormKind = Extract<PlannedKind, 'scaleShift' | 'beta' | 'shift' | 'norm'>;
type BiasKind = Extract<PlannedKind, 'bias' | 'wholeBias'>;

/** Numbers per channel that a BatchNorm trains and sends. */
const NORM_SIZES: Readonly<Record<NormKind, { readonly params: number; readonly sent: number }>> = {
  scaleShift: { params: 2, sent: 2 },
  beta: { params: 1, sent: 2 },
  shift: { params: 1, sent: 1 },
  norm: { params: 2, sent: 2 },
};

/** What each layer gets; undefined for a layer that stays as it is. */
export interface LayerChoice {
  kernel?(node: KernelNode): KernelLevel | undefined;
  /** Asked only where the base has a bias. */
  bias?(node: KernelNode): BiasKind | undefined;
  norm?(node: BatchNormNode): NormKind | undefined;
}

/** The entries of a plan in the graph's order, of a layer the kernel before the bias. */
export function layersOf(graph: NetworkGraph, choice: LayerChoice): PlannedLayer[] {
  return graph.nodes.flatMap((node): PlannedLayer[] => {
    if (node.op === 'batchNorm') {
      const kind = choice.norm?.(node);
      return kind ? [normEntry(node, kind)] : [];
    }
    if (!isKernelNode(node)) return [];
    const level = choice.kernel?.(node);
    const bias = node.useBias ? choice.bias?.(node) : undefined;
    return [...(level ? [kernelEntry(node, level)] : []), ...(bias ? [biasEntry(node, bias)] : [])];
  });
}

/** A layer's own kernel in the place of the base's. */
export function wholeKernel(node: KernelNode): KernelLevel {
  return { kind: 'kernel', params: kernelWeights(node) };
}

export function paramsOf(layers: readonly PlannedLayer[]): number {
  return layers.reduce((total, { params }) => total + params, 0);
}

export function isKernelNode(node: NetworkGraph['nodes'][number]): node is KernelNode {
  return node.op === 'conv2d' || node.op === 'depthwiseConv2d' || node.op === 'dense';
}

function kernelEntry({ id }: KernelNode, level: KernelLevel): PlannedLayer {
  return { layer: id, ...level, sent: level.params };
}

function biasEntry(node: KernelNode, kind: BiasKind): PlannedLayer {
  const [outputs] = modulatorSides(node);
  return { layer: node.id, kind, params: outputs, sent: outputs };
}

function normEntry({ id, channels }: BatchNormNode, kind: NormKind): PlannedLayer {
  const { params, sent } = NORM_SIZES[kind];
  return { layer: id, kind, params: params * channels, sent: sent * channels };
}
