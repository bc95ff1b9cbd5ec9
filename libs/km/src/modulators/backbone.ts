import * as tf from '@tensorflow/tfjs-core';
import { disposeTensors, inferenceHooks, runGraph, toTensors } from '@kernelcast/nets';
import type { BaseNetwork, GraphHooks } from '@kernelcast/nets';
import type { ModulatorPlan } from '../plan/plan.types.js';
import type { Backbone, BatchObservation, Mode } from './backbone.types.js';
import type { BatchStatistics } from './batch-norm-modulator.js';
import { createLayerParts } from './layer-parts.js';
import type { LayerParts } from './layer-parts.js';

interface RawObservation {
  readonly layer: string;
  readonly statistics: BatchStatistics;
  readonly count: number;
}

/** The base with what a plan names adapted, and everything else exactly as it ships. */
export function createBackbone(base: BaseNetwork, plan: ModulatorPlan, nextNormal: () => number): Backbone {
  const parts = createLayerParts(base, plan, nextNormal);
  const frozen = toTensors(new Map([...base.weights].filter(([name]) => !isAdapted(name, parts))));
  const plain = inferenceHooks(frozen);
  const follow = (observations: readonly BatchObservation[]) => {
    for (const { layer, mean, variance, count } of observations) parts.norms.get(layer)?.follow(mean, variance, count);
  };
  return {
    frozen: plan.layers.length === 0,
    parts: [...parts.kernels.values(), ...parts.biases.values(), ...parts.norms.values()],
    features: (x, mode, observer = mode === 'train' ? follow : undefined) =>
      tf.tidy(() => {
        const { features, observed } = runAdapted(base, { parts, plain, observing: observer !== undefined }, x, mode);
        observer?.(read(observed));
        return features;
      }),
    follow,
    rebase: (statistics) => {
      for (const { layer, mean, variance } of statistics) parts.norms.get(layer)?.rebase(mean, variance);
    },
    dispose: () => disposeTensors(frozen),
  };
}

/** Whether a part holds a tensor of the base, so that it need not be uploaded a second time. */
function isAdapted(name: string, { kernels, biases, norms }: LayerParts): boolean {
  const slash = name.lastIndexOf('/');
  const [layer, role] = [name.slice(0, slash), name.slice(slash + 1)];
  if (role === 'kernel') return kernels.has(layer);
  return role === 'bias' ? biases.has(layer) : norms.has(layer);
}

function runAdapted(
  { graph }: BaseNetwork,
  { parts, plain, observing }: { parts: LayerParts; plain: GraphHooks; observing: boolean },
  x: tf.Tensor4D,
  mode: Mode,
): { features: tf.Tensor2D; observed: RawObservation[] } {
  const observed: RawObservation[] = [];
  const features = runGraph(graph, x, {
    kernel: (node) => parts.kernels.get(node.id)?.kernel() ?? plain.kernel(node),
    bias: (node) => parts.biases.get(node.id)?.bias() ?? plain.bias(node),
    batchNorm: (node, input) => {
      const norm = parts.norms.get(node.id);
      if (norm === undefined) return plain.batchNorm(node, input);
      const observe = (statistics: BatchStatistics) =>
        observed.push({ layer: node.id, statistics, count: input.size / node.channels });
      if (mode === 'eval') {
        if (observing) observe(momentsOf(input));
        return norm.evaluate(input);
      }
      const { y, statistics } = norm.train(input);
      observe(statistics);
      return y;
    },
  });
  return { features, observed };
}

function momentsOf(input: tf.Tensor4D): BatchStatistics {
  const { mean, variance } = tf.moments(input, [0, 1, 2]);
  return { mean: mean as tf.Tensor1D, variance: variance as tf.Tensor1D };
}

/** One read for all layers: on a GPU each would wait for the device. */
function read(observed: readonly RawObservation[]): BatchObservation[] {
  if (observed.length === 0) return [];
  const all = tf.concat1d(observed.flatMap(({ statistics: { mean, variance } }) => [mean, variance]));
  const values = all.dataSync<'float32'>();
  let offset = 0;
  return observed.map(({ layer, statistics, count }) => {
    const channels = statistics.mean.size;
    const next = () => values.slice(offset, (offset += channels));
    return { layer, mean: next(), variance: next(), count };
  });
}
