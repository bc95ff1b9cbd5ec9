import * as tf from '@tensorflow/tfjs-core';
import type { Adaptation, BatchObservation } from '@kernelcast/km';
import { normalise } from '@kernelcast/nets';
import type { Batch } from '../../data/batch-source.js';
import { featureChunks, featuresOf, rowsOf } from '../../data/features.js';
import { orderOf } from '../../data/feed/batch-preparer.js';
import { sliceOf } from '../../data/feed/ring.js';
import { openImages } from '@kernelcast/nets/node';
import { segmentOf } from '../all-reduce.js';
import type { ThreadLinks, ThreadSetup } from '../protocol.types.js';

/** A thread's part of each batch: a range of positions that never changes. */
export interface Shard {
  /** @param observer - takes the BatchNorms' statistics of the pass */
  at(step: number, slot: number, observer: (observations: readonly BatchObservation[]) => void): Batch;
}

export function createShard(setup: ThreadSetup, adaptation: Adaptation, input: ThreadLinks['input']): Shard {
  const range = segmentOf(setup.recipe.batchSize, setup.threads, setup.index);
  return 'ring' in input
    ? imageShard(setup, adaptation, { ...input, range })
    : featureShard(setup, adaptation, { ...input, range });
}

type Range = readonly [start: number, end: number];

function imageShard(
  { base }: ThreadSetup,
  adaptation: Adaptation,
  { ring, range: [start, end] }: Extract<ThreadLinks['input'], { ring: unknown }> & { range: Range },
): Shard {
  return {
    at: (_, slot, observer) => {
      const { images, labels } = sliceOf(ring, slot, start, end);
      const forward = () => adaptation.forward(normalise(images, labels.length, base.graph.input), 'train', observer);
      return { labels, forward };
    },
  };
}

function featureShard(
  { recipe, base }: ThreadSetup,
  adaptation: Adaptation,
  { features, range: [start, end] }: Extract<ThreadLinks['input'], { features: unknown }> & { range: Range },
): Shard {
  const order = orderOf(recipe);
  const { featureSize } = base.graph;
  return {
    at: (step) => {
      const indices = order.at(step).slice(start, end);
      const table = features[Math.floor(step / order.batchesPerEpoch) % features.length] ?? new Float32Array();
      const rows = rowsOf(table, indices, featureSize);
      return {
        labels: Uint16Array.from(indices, (index) => recipe.images.labels[index] ?? 0),
        forward: () => tf.tidy(() => adaptation.headForward(tf.tensor2d(rows, [indices.length, featureSize]))),
      };
    },
  };
}

/** Computes every `threads`-th piece of the features, from this thread's number on, into the tables. */
export async function computeFeatureShare(
  { recipe, hyperparameters, threads, index, base }: ThreadSetup,
  adaptation: Adaptation,
  tables: readonly Float32Array[],
): Promise<void> {
  const reader = await openImages(recipe.images);
  try {
    const chunks = featureChunks(recipe.images.count, hyperparameters.featureVariants, recipe.augmentation);
    for (const chunk of chunks.filter((_, n) => n % threads === index)) {
      const features = await featuresOf({ ...recipe, adaptation, reader }, chunk);
      tables[chunk.variant]?.set(features, chunk.start * base.graph.featureSize);
    }
  } finally {
    await reader.close();
  }
}
