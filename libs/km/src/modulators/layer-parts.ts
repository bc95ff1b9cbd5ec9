import type { BaseNetwork } from '@kernelcast/nets';
import type { ModulatorPlan } from '../plan/plan.types.js';
import { createBatchNormModulator } from './batch-norm-modulator.js';
import type { BatchNormModulator } from './batch-norm-modulator.js';
import { createBiasModulator } from './bias-modulator.js';
import type { BiasModulator } from './bias-modulator.js';
import { createKernelModulator } from './kernel-modulator.js';
import type { KernelModulator } from './kernel-modulator.js';
import { weightOf } from './tensors.js';

/** The adapted parts of a base network by layer; layers that are not here stay the base's. */
export interface LayerParts {
  readonly kernels: ReadonlyMap<string, KernelModulator>;
  readonly biases: ReadonlyMap<string, BiasModulator>;
  readonly norms: ReadonlyMap<string, BatchNormModulator>;
}

/** Makes what a plan says, in its order, on which the draws of initial values depend. */
export function createLayerParts(
  { graph, weights }: BaseNetwork,
  plan: ModulatorPlan,
  nextNormal: () => number,
): LayerParts {
  const kernels = new Map<string, KernelModulator>();
  const biases = new Map<string, BiasModulator>();
  const norms = new Map<string, BatchNormModulator>();
  const nodes = new Map(graph.nodes.map((node) => [node.id, node]));
  for (const planned of plan.layers) {
    const { layer, kind } = planned;
    const node = nodes.get(layer);
    if (kind === 'bias' || kind === 'wholeBias') {
      const group = kind === 'bias' ? 'bias' : 'base';
      biases.set(layer, createBiasModulator(layer, weightOf(weights, `${layer}/bias`), group));
    } else if (node?.op === 'batchNorm') {
      norms.set(layer, createBatchNormModulator(node, weights, kind));
    } else if (node?.op === 'conv2d' || node?.op === 'depthwiseConv2d' || node?.op === 'dense') {
      const base = weightOf(weights, `${layer}/kernel`);
      kernels.set(layer, createKernelModulator({ node, planned, base, nextNormal }));
    } else {
      throw new Error(`The plan adapts '${layer}', which has nothing to adapt`);
    }
  }
  return { kernels, biases, norms };
}
