import * as tf from '@tensorflow/tfjs-core';
import type { FloatTensor, WeightMap } from '@kernelcast/artifact';
import type { ModulatorPlan } from '@kernelcast/km';
import { disposeTensors, normalise } from '@kernelcast/nets';
import type { BaseNetwork, TensorMap } from '@kernelcast/nets';
import type { ImageSet } from '@kernelcast/nets/node';
import { checkDataset } from '../data/check-dataset.js';
import { yieldToEventLoop } from '../loop/pause.js';
import { StartError } from './meta.errors.js';
import type { AdaptationStart } from './meta.types.js';
import { exportModulator } from './network/export-modulator.js';
import { adapt, innerLoop, zeroHead } from './network/inner-loop.js';
import { metaFeatures } from './network/meta-network.js';
import { taskParameters } from './network/task-parameters.js';
import { layOut } from './network/variants.js';

export interface FewShotOptions {
  /** A meta-trained base network. */
  readonly base: BaseNetwork;
  /** The starting point that came with it, of variant `km`. */
  readonly start: AdaptationStart;
  /** Names of the classes, any number of them from two on. */
  readonly labels: readonly string[];
  /** A handful of images of each class. */
  readonly support: ImageSet;
  /** Inner steps; those of the start when absent. */
  readonly steps?: number;
  /** Factor on every inner rate; 1 when absent. */
  readonly rateFactor?: number;
  readonly signal?: AbortSignal;
}

/** A modulator as `encodeTrainedModulator` takes it. */
export interface FewShotResult {
  /** Tensors of the artifact without `golden/logits`, in single precision. */
  readonly artifactTensors: WeightMap;
  readonly labels: readonly string[];
  readonly plan: ModulatorPlan;
  /** Time of adaptation. */
  readonly seconds: number;
}

/**
 * Makes a modulator from a handful of images, in a few steps of plain gradient descent from where meta-training says
 * to start. No random number is drawn. The result is an ordinary modulator of method `km`: the statistics of its
 * BatchNorms are the support images', folded in. The backend must have been set before.
 *
 * @throws {StartError} when the start is of another base network, or of a variant without modulators.
 * @throws {UnusableDatasetError} when the images do not fit the network or a class has none.
 */
export async function fewShot(options: FewShotOptions): Promise<FewShotResult> {
  const { base, start, labels, support, signal } = options;
  if (start.baseDigest !== base.digest) throw new StartError('it belongs to another base network');
  const { plan } = layOut(base.graph, start.variant, start.budget);
  if (plan === undefined) throw new StartError(`variant '${start.variant}' adapts no modulators`);
  checkDataset(base.graph, { labels, train: support, test: support });
  await yieldToEventLoop(signal);
  const startedAt = performance.now();
  const parameters = taskParameters(base, start);
  try {
    let artifactTensors: WeightMap = new Map();
    tf.tidy(() => {
      artifactTensors = adaptTo(options, parameters, plan);
    });
    return { artifactTensors, labels, plan, seconds: (performance.now() - startedAt) / 1000 };
  } finally {
    disposeTensors(parameters);
  }
}

function adaptTo(options: FewShotOptions, parameters: TensorMap, plan: ModulatorPlan): Map<string, FloatTensor> {
  const { base, start, labels, support } = options;
  const { graph } = base;
  const batch = { x: normalise(support.images, support.count, graph.input), labels: support.labels };
  const complete = new Map([...parameters, ...zeroHead(graph.featureSize, labels.length)]);
  const adapted = adapt(graph, complete, batch, innerLoop(start, options));
  const { statistics } = metaFeatures(graph, adapted, batch.x);
  return exportModulator({ base, plan, adapted, statistics });
}
