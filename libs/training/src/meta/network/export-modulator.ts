import type * as tf from '@tensorflow/tfjs-core';
import type { FloatTensor, WeightMap } from '@kernelcast/artifact';
import type { ModulatorPlan, PlannedLayer } from '@kernelcast/km';
import type { BaseNetwork, TensorMap } from '@kernelcast/nets';
import { parameterOf } from './gradients.js';
import type { LayerStatistics } from './meta-network.js';
import { HEAD_PARAMETERS } from './variants.js';

export interface AdaptedNetwork {
  readonly base: BaseNetwork;
  readonly plan: ModulatorPlan;
  /** The task's parameters by name. */
  readonly adapted: TensorMap;
  /** What the task's images say about the input of every BatchNorm, under these parameters. */
  readonly statistics: readonly LayerStatistics[];
}

/** The artifact's tensors (docs/formats/modulator.md), `golden/logits` excepted, in the plan's order. */
export function exportModulator(network: AdaptedNetwork): Map<string, FloatTensor> {
  const entries = network.plan.layers.flatMap((planned) => exportLayer(network, planned));
  const head = HEAD_PARAMETERS.map((name): [string, FloatTensor] => [
    name,
    valueOf(parameterOf(network.adapted, name)),
  ]);
  return new Map([...entries, ...head]);
}

function exportLayer(
  { base, adapted, statistics }: AdaptedNetwork,
  { layer, kind }: PlannedLayer,
): [string, FloatTensor][] {
  const own = (role: string): [string, FloatTensor] => [
    `${layer}/${role}`,
    valueOf(parameterOf(adapted, `${layer}/${role}`)),
  ];
  switch (kind) {
    case 'lowRank':
      return [own('A'), own('B')];
    case 'grid':
      return [own('grid')];
    case 'bias': {
      const [name, { shape, data }] = own('bias');
      return [[name, { shape, data: data.map((value, i) => value - at(base.weights, name, i)) }]];
    }
    case 'scaleShift':
    case 'beta':
      return exportNorm(base, own('gamma')[1], own('beta')[1], statisticsOf(statistics, layer));
    default:
      throw new Error(`a few-shot modulator has no part of kind '${kind}'`);
  }
}

/**
 * γ', β' and the task's statistics as numbers for use with the base's μ0, v0:
 * `scale = γ'·√(v0+ε)/√(vt+ε)`, `shift = β' + γ'·(μ0−μt)/√(vt+ε)`.
 */
function exportNorm(
  { graph, weights }: BaseNetwork,
  gamma: FloatTensor,
  beta: FloatTensor,
  { layer, mean, variance, count }: LayerStatistics,
): [string, FloatTensor][] {
  const node = graph.nodes.find(({ id }) => id === layer);
  const epsilon = node?.op === 'batchNorm' ? node.epsilon : NaN;
  const unbiased = count > 1 ? count / (count - 1) : 1;
  const [means, variances] = [mean.dataSync<'float32'>(), variance.dataSync<'float32'>()];
  const scale = new Float32Array(means.length);
  const shift = new Float32Array(means.length);
  gamma.data.forEach((own, c) => {
    const slope = own / Math.sqrt(unbiased * (variances[c] ?? NaN) + epsilon);
    scale[c] = slope * Math.sqrt(at(weights, `${layer}/variance`, c) + epsilon);
    shift[c] = (beta.data[c] ?? NaN) + slope * (at(weights, `${layer}/mean`, c) - (means[c] ?? NaN));
  });
  const shape = [...gamma.shape];
  return [
    [`${layer}/scale`, { shape, data: scale }],
    [`${layer}/shift`, { shape, data: shift }],
  ];
}

function statisticsOf(statistics: readonly LayerStatistics[], layer: string): LayerStatistics {
  const found = statistics.find((one) => one.layer === layer);
  if (found === undefined) throw new Error(`no batch has passed '${layer}'`);
  return found;
}

function valueOf(tensor: tf.Tensor): FloatTensor {
  return { shape: [...tensor.shape], data: tensor.dataSync<'float32'>().slice() };
}

function at(weights: WeightMap, name: string, index: number): number {
  return weights.get(name)?.data[index] ?? NaN;
}
