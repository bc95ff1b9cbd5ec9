import * as tf from '@tensorflow/tfjs-core';
import type { NetworkGraph, TensorMap } from '@kernelcast/nets';
import type { AdaptationStart } from '../meta.types.js';
import { headGradients, lossGradients, parameterOf } from './gradients.js';
import type { LabelledBatch } from './gradients.js';
import { metaFeatures } from './meta-network.js';
import { HEAD_PARAMETERS } from './variants.js';

/** Plain gradient descent on a task's support images, from a head of zeros. */
export interface InnerLoop {
  /**
   * Steps of the head alone, on features computed once, so that they cost next to nothing; at least one, as no gradient
   * reaches the features through a head of zeros.
   */
  readonly headSteps: number;
  /** Steps of all that is adapted, after those. */
  readonly steps: number;
  /**
   * Rate of each adapted parameter. The head's are for one class: they are multiplied by the number of classes, as
   * each has that share of the images in a mean loss, so that one rate serves any number of classes.
   */
  readonly rates: ReadonlyMap<string, number>;
}

/** A start's inner loop, its rates scaled and its joint steps replaced where asked for. */
export function innerLoop(
  start: AdaptationStart,
  { rateFactor = 1, steps = start.innerSteps }: { readonly rateFactor?: number; readonly steps?: number },
): InnerLoop {
  const rates = new Map([...start.rates].map(([name, rate]) => [name, rate * rateFactor]));
  return { headSteps: start.headSteps, steps, rates };
}

/**
 * The head of a task that begins: zeros. A learned one would have to tell classes apart that are numbered at random;
 * what it cannot do is a common vector for all, which changes no probability (Kao et al. 2022, arXiv 2106.15367).
 */
export function zeroHead(featureSize: number, ways: number): [string, tf.Tensor][] {
  return [
    ['head/kernel', tf.zeros([featureSize, ways])],
    ['head/bias', tf.zeros([ways])],
  ];
}

/**
 * Adapts parameters to a task. To be called in a `tf.tidy`.
 *
 * @param start - all parameters of the network, among them a head of zeros
 * @returns all parameters, of which the adapted ones are new
 */
export function adapt(graph: NetworkGraph, start: TensorMap, support: LabelledBatch, loop: InnerLoop): TensorMap {
  const names = [...loop.rates.keys()];
  const headOnly = names.every((name) => HEAD_PARAMETERS.some((own) => own === name));
  let current = adaptHead(graph, start, support, { ...loop, headSteps: loop.headSteps + (headOnly ? loop.steps : 0) });
  for (let step = 0; step < loop.steps && !headOnly; step++) {
    const at = { graph, parameters: current, names };
    const moved = tf.tidy(() => [...move(at.parameters, lossGradients(at, support).gradients, loop.rates)]);
    current = new Map([...current, ...moved]);
  }
  return current;
}

/** The head's own steps: all parameters, of which the head's are new. */
export function adaptHead(
  graph: NetworkGraph,
  start: TensorMap,
  { x, labels }: LabelledBatch,
  loop: InnerLoop,
): TensorMap {
  const { features } = tf.tidy(() => ({ features: metaFeatures(graph, start, x).features }));
  let current = start;
  for (let step = 0; step < loop.headSteps; step++) {
    const from = current;
    const moved = tf.tidy(() => [...move(from, headGradients(from, features, labels).gradients, loop.rates)]);
    current = new Map([...current, ...moved]);
  }
  return current;
}

/**
 * One step down the gradients: the moved parameters alone. On arrays, as these tensors are so small that calling a
 * kernel for each costs more than the arithmetic.
 */
export function move(
  parameters: TensorMap,
  gradients: ReadonlyMap<string, tf.Tensor>,
  rates: ReadonlyMap<string, number>,
): Map<string, tf.Tensor> {
  const ways = parameterOf(parameters, 'head/bias').size;
  const moved = new Map<string, tf.Tensor>();
  for (const [name, rate] of rates) {
    const gradient = gradients.get(name)?.dataSync<'float32'>();
    if (gradient === undefined) continue;
    const own = HEAD_PARAMETERS.some((head) => head === name) ? rate * ways : rate;
    const parameter = parameterOf(parameters, name);
    const values = parameter.dataSync<'float32'>().map((value, i) => value - own * (gradient[i] ?? NaN));
    moved.set(name, tf.tensor(values, parameter.shape, 'float32'));
  }
  return moved;
}
