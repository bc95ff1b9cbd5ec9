import * as tf from '@tensorflow/tfjs-core';
import { runGraph } from '@kernelcast/nets';
import type { BaseNetwork, GraphHooks } from '@kernelcast/nets';
import { createBatchNormModulator } from '../../modulators/batch-norm-modulator.js';
import type { BatchNormModulator, BatchStatistics } from '../../modulators/batch-norm-modulator.js';
import { createBiasModulator } from '../../modulators/bias-modulator.js';
import type { BiasModulator } from '../../modulators/bias-modulator.js';
import { createKernelModulator } from '../../modulators/kernel-modulator.js';
import type { KernelModulator } from '../../modulators/kernel-modulator.js';
import { weightOf } from '../../modulators/tensors.js';
import type { ModulatorPlan, PlannedLayer } from '../../plan/plan.types.js';
import type { Backbone, Mode } from '../method.types.js';

interface Modulators {
  readonly kernels: ReadonlyMap<string, KernelModulator>;
  readonly biases: ReadonlyMap<string, BiasModulator>;
  readonly norms: ReadonlyMap<string, BatchNormModulator>;
}

interface Observation {
  readonly norm: BatchNormModulator;
  readonly statistics: BatchStatistics;
  readonly count: number;
}

/** The base with every kernel, bias and BatchNorm modulated as the plan says. */
export function createModulatedBackbone(base: BaseNetwork, plan: ModulatorPlan, nextNormal: () => number): Backbone {
  const modulators = createModulators(base, plan, nextNormal);
  return {
    frozen: false,
    parts: [...modulators.kernels.values(), ...modulators.biases.values(), ...modulators.norms.values()],
    features: (x, mode) => tf.tidy(() => runModulated(base, modulators, x, mode)),
    dispose: () => undefined,
  };
}

function createModulators(base: BaseNetwork, plan: ModulatorPlan, nextNormal: () => number): Modulators {
  const kernels = new Map<string, KernelModulator>();
  const biases = new Map<string, BiasModulator>();
  const norms = new Map<string, BatchNormModulator>();
  const nodes = new Map(base.graph.nodes.map((node) => [node.id, node]));
  const addTo = (planned: PlannedLayer) => {
    const node = nodes.get(planned.layer);
    const { layer, kind } = planned;
    if (node?.op === 'batchNorm') norms.set(layer, createBatchNormModulator(node, base.weights, kind === 'scaleShift'));
    else if (kind === 'bias') biases.set(layer, createBiasModulator(layer, weightOf(base.weights, `${layer}/bias`)));
    else if (node?.op === 'conv2d' || node?.op === 'depthwiseConv2d' || node?.op === 'dense') {
      const kernel = weightOf(base.weights, `${layer}/kernel`);
      kernels.set(layer, createKernelModulator(node, planned, kernel, nextNormal));
    }
  };
  plan.layers.forEach(addTo);
  return { kernels, biases, norms };
}

function runModulated(base: BaseNetwork, modulators: Modulators, x: tf.Tensor4D, mode: Mode): tf.Tensor2D {
  const observed: Observation[] = [];
  const hooks: GraphHooks = {
    kernel: (node) => required(modulators.kernels, node.id).kernel(),
    bias: (node) => modulators.biases.get(node.id)?.bias(),
    batchNorm: (node, input) => {
      const norm = required(modulators.norms, node.id);
      if (mode === 'eval') return norm.evaluate(input);
      const { y, statistics } = norm.train(input);
      observed.push({ norm, statistics, count: input.size / node.channels });
      return y;
    },
  };
  const features = runGraph(base.graph, x, hooks);
  follow(observed);
  return features;
}

/** One read for all layers: on a GPU each would wait for the device. */
function follow(observed: readonly Observation[]): void {
  if (observed.length === 0) return;
  const all = tf.concat1d(observed.flatMap(({ statistics: { mean, variance } }) => [mean, variance]));
  const values = all.dataSync<'float32'>();
  let offset = 0;
  for (const { norm, statistics, count } of observed) {
    const channels = statistics.mean.size;
    const mean = values.subarray(offset, offset + channels);
    norm.follow(mean, values.subarray(offset + channels, offset + 2 * channels), count);
    offset += 2 * channels;
  }
}

function required<T>(parts: ReadonlyMap<string, T>, layer: string): T {
  const part = parts.get(layer);
  if (part === undefined) throw new Error(`The plan leaves out '${layer}'`);
  return part;
}
