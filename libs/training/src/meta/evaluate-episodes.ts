import * as tf from '@tensorflow/tfjs-core';
import { disposeTensors, normalise } from '@kernelcast/nets';
import type { BaseNetwork, TensorMap } from '@kernelcast/nets';
import type { ImageSet } from '@kernelcast/nets/node';
import { deriveSeed } from '../data/seeds.js';
import { evaluate } from '../evaluation/evaluate.js';
import { yieldToEventLoop } from '../loop/pause.js';
import { sampleEpisode } from './episodes/sample-episode.js';
import type { Episode, EpisodeShape } from './episodes/sample-episode.js';
import type { ClassImages } from './episodes/class-images.js';
import { fewShot } from './few-shot.js';
import type { AdaptationStart } from './meta.types.js';
import { shareRight } from './network/gradients.js';
import { adapt, innerLoop, zeroHead } from './network/inner-loop.js';
import type { InnerLoop } from './network/inner-loop.js';
import { metaFeatures, metaLogits } from './network/meta-network.js';
import { taskParameters } from './network/task-parameters.js';
import { META_STREAM } from './seeds.js';

export interface EpisodeEvaluationOptions {
  readonly base: BaseNetwork;
  readonly start: AdaptationStart;
  /** Classes that meta-training has not seen. */
  readonly classes: readonly ClassImages[];
  readonly shape: EpisodeShape;
  readonly episodes: number;
  /** The same seed draws the same episodes, whatever is evaluated on them. */
  readonly seed: number;
  /** Factor on every inner rate; 1 when absent. */
  readonly rateFactor?: number;
  /** Inner steps; those of the start when absent. */
  readonly steps?: number;
  readonly signal?: AbortSignal;
}

/**
 * As {@link evaluateEpisodes}, as a device runs it: each episode's modulator is made by `fewShot` and folded into the
 * base, so that one query image's answer does not depend on the others.
 */
export async function evaluateFolded(options: EpisodeEvaluationOptions): Promise<number[]> {
  const { base, classes, shape, seed, episodes } = options;
  const accuracies: number[] = [];
  for (let n = 0; n < episodes; n++) {
    const episode = sampleEpisode(classes, shape, deriveSeed(seed, META_STREAM.evaluation, n));
    const { artifactTensors, labels } = await fewShot({
      ...options,
      labels: episode.classes,
      support: episode.support,
    });
    const { top1 } = await evaluate({ base, tensors: artifactTensors, labels, images: episode.query });
    accuracies.push(top1);
  }
  return accuracies;
}

/**
 * Share of query images classified right in each of a number of episodes, after adaptation to its support images.
 * Query images are normalised by their own batch's statistics, as in meta-training (transductive).
 * The backend must have been set before.
 *
 * @throws {EpisodeError} when such episodes cannot be drawn from the classes.
 */
export async function evaluateEpisodes(options: EpisodeEvaluationOptions): Promise<number[]> {
  const { base, start, classes, shape, seed, episodes } = options;
  const parameters = taskParameters(base, start);
  const loop = innerLoop(start, options);
  try {
    const accuracies: number[] = [];
    for (let n = 0; n < episodes; n++) {
      const episode = sampleEpisode(classes, shape, deriveSeed(seed, META_STREAM.evaluation, n));
      accuracies.push(tf.tidy(() => accuracyOf(base, parameters, loop, episode)));
      await yieldToEventLoop(options.signal);
    }
    return accuracies;
  } finally {
    disposeTensors(parameters);
  }
}

function accuracyOf({ graph }: BaseNetwork, parameters: TensorMap, loop: InnerLoop, episode: Episode): number {
  const batch = ({ images, labels, count }: ImageSet) => ({ x: normalise(images, count, graph.input), labels });
  const head = zeroHead(graph.featureSize, episode.classes.length);
  const adapted = adapt(graph, new Map([...parameters, ...head]), batch(episode.support), loop);
  const query = batch(episode.query);
  return shareRight(metaLogits(adapted, metaFeatures(graph, adapted, query.x).features), query.labels);
}
