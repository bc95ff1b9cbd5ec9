import * as tf from '@tensorflow/tfjs-core';
import type { Adaptation } from '@kernelcast/km';
import { normalise } from '@kernelcast/nets';
import type { NetworkGraph } from '@kernelcast/nets';
import { openImages } from '@kernelcast/nets/node';
import type { Images } from '@kernelcast/nets/node';
import type { Hyperparameters } from '../hyperparameters/hyperparameters.types.js';
import { featureChunks, featuresOf, rowsOf } from './features.js';
import { orderOf } from './feed/batch-preparer.js';
import { createFeed } from './feed/create-feed.js';
import type { BatchRecipe, Starvation } from './feed/feed.types.js';

/** One step's images, as the forward pass wants them. */
export interface Batch {
  readonly labels: Uint16Array;
  /** Logits `[n, classes]`; differentiable in the adaptation's parameters. */
  forward(): tf.Tensor2D;
}

/** Where a run takes its batches from; a step's batch depends on the seed and the step alone. */
export interface BatchSource {
  readonly batchesPerEpoch: number;
  /** How often steps had to wait for their images. */
  readonly starvation: Starvation;
  /**
   * The batch of a step, valid until the next call.
   * @throws {DatasetError | ImageError} when an image of this batch cannot be read
   */
  at(step: number): Promise<Batch>;
  close(): Promise<void>;
}

export interface SourceOptions {
  readonly graph: NetworkGraph;
  readonly adaptation: Adaptation;
  readonly train: Images;
  readonly hyperparameters: Hyperparameters;
  readonly seed: number;
  /** Called between pieces of work; lets the event loop run, and throws when the run is to stop. */
  readonly pause: () => Promise<void>;
}

/** What the batches of a run follow from. */
export function recipeOf({
  graph,
  train,
  hyperparameters,
  seed,
}: Omit<SourceOptions, 'adaptation' | 'pause'>): BatchRecipe {
  const { batchSize, balanced, shiftPixels, flip, cropScale, colourJitter, cutoutPixels } = hyperparameters;
  const augmentation = { shiftPixels, flip, cropScale, colourJitter, cutoutPixels };
  return { input: graph.input, images: train, batchSize, balanced, augmentation, seed };
}

/** Batches of images, or of features where these cannot change. */
export async function createBatchSource(options: SourceOptions): Promise<BatchSource> {
  return options.adaptation.featuresFrozen ? featureSource(options) : imageSource(options);
}

async function imageSource(options: SourceOptions): Promise<BatchSource> {
  const { adaptation, graph } = options;
  const feed = await createFeed(recipeOf(options));
  return {
    batchesPerEpoch: feed.batchesPerEpoch,
    get starvation() {
      return feed.starvation;
    },
    at: async (step) => {
      const { images, labels } = await feed.at(step);
      return {
        labels,
        forward: () => adaptation.forward(normalise(images, labels.length, graph.input), 'train'),
      };
    },
    close: () => feed.close(),
  };
}

/**
 * Features of every image, as it is and in augmented variants, computed once; each epoch then goes through one
 * variant of the images.
 */
async function featureSource(options: SourceOptions): Promise<BatchSource> {
  const { adaptation, graph } = options;
  const recipe = recipeOf(options);
  const variants = await computeFeatures(options, recipe);
  const order = orderOf(recipe);
  return {
    batchesPerEpoch: order.batchesPerEpoch,
    starvation: { steps: 0, milliseconds: 0 },
    at: async (step) => {
      const indices = order.at(step);
      const features = variants[Math.floor(step / order.batchesPerEpoch) % variants.length] ?? new Float32Array();
      const rows = rowsOf(features, indices, graph.featureSize);
      return {
        labels: Uint16Array.from(indices, (index) => recipe.images.labels[index] ?? 0),
        forward: () => tf.tidy(() => adaptation.headForward(tf.tensor2d(rows, [indices.length, graph.featureSize]))),
      };
    },
    close: async () => undefined,
  };
}

/** A table `[count, featureSize]` for each variant. */
async function computeFeatures(
  { graph, adaptation, hyperparameters, pause }: SourceOptions,
  recipe: BatchRecipe,
): Promise<Float32Array[]> {
  const { images, augmentation } = recipe;
  const variants: Float32Array[] = [];
  const reader = await openImages(images);
  try {
    for (const chunk of featureChunks(images.count, hyperparameters.featureVariants, augmentation)) {
      const features = await featuresOf({ ...recipe, adaptation, reader }, chunk);
      const table = (variants[chunk.variant] ??= new Float32Array(images.count * graph.featureSize));
      table.set(features, chunk.start * graph.featureSize);
      await pause();
    }
  } finally {
    await reader.close();
  }
  return variants;
}
