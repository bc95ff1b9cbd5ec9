import * as tf from '@tensorflow/tfjs-core';
import type { Adaptation } from '@kernelcast/km';
import { normalise } from '@kernelcast/nets';
import type { NetworkGraph } from '@kernelcast/nets';
import type { ImageSet } from '@kernelcast/nets/node';
import type { Hyperparameters } from '../hyperparameters/hyperparameters.types.js';
import { augment, pick } from './augment.js';
import { BatchOrder } from './order.js';
import { deriveSeed, STREAM } from './seeds.js';

/** One step's images, as the forward pass wants them. */
export interface Batch {
  readonly labels: Uint16Array;
  /** Logits `[n, classes]`; differentiable in the adaptation's parameters. */
  forward(): tf.Tensor2D;
}

/** Where a run takes its batches from; a step's batch depends on the seed and the step alone. */
export interface BatchSource {
  readonly batchesPerEpoch: number;
  at(step: number): Batch;
}

export interface SourceOptions {
  readonly graph: NetworkGraph;
  readonly adaptation: Adaptation;
  readonly train: ImageSet;
  readonly hyperparameters: Hyperparameters;
  readonly seed: number;
  /** Called between pieces of work; lets the event loop run, and throws when the run is to stop. */
  readonly pause: () => Promise<void>;
}

/** Images whose features are computed at once. */
const FEATURE_BATCH = 128;

/** Batches of images, or of features where these cannot change. */
export async function createBatchSource(options: SourceOptions): Promise<BatchSource> {
  return options.adaptation.featuresFrozen ? featureSource(options) : imageSource(options);
}

function imageSource({ graph, adaptation, train, hyperparameters, seed }: SourceOptions): BatchSource {
  const order = new BatchOrder({ count: train.count, batchSize: hyperparameters.batchSize, seed });
  return {
    batchesPerEpoch: order.batchesPerEpoch,
    at: (step) => {
      const indices = order.at(step);
      const moved = { ...hyperparameters, seed: deriveSeed(seed, STREAM.augmentation, step) };
      const images = augment(train.images, indices, graph.input, moved);
      return {
        labels: labelsOf(train, indices),
        forward: () => adaptation.forward(normalise(images, indices.length, graph.input), 'train'),
      };
    },
  };
}

/**
 * Features of every image, as it is and in augmented variants, computed once; each epoch then goes through one
 * variant of the images.
 */
async function featureSource(options: SourceOptions): Promise<BatchSource> {
  const { graph, adaptation, train, hyperparameters, seed } = options;
  const { batchSize, featureVariants, shiftPixels, flip } = hyperparameters;
  const variants: Float32Array[] = [];
  for (let variant = 0; variant < (shiftPixels > 0 || flip ? featureVariants : 1); variant++) {
    variants.push(await featuresOf(options, variant));
  }
  const order = new BatchOrder({ count: train.count, batchSize, seed });
  return {
    batchesPerEpoch: order.batchesPerEpoch,
    at: (step) => {
      const indices = order.at(step);
      const features = variants[Math.floor(step / order.batchesPerEpoch) % variants.length] ?? new Float32Array();
      const rows = rowsOf(features, indices, graph.featureSize);
      return {
        labels: labelsOf(train, indices),
        forward: () => tf.tidy(() => adaptation.headForward(tf.tensor2d(rows, [indices.length, graph.featureSize]))),
      };
    },
  };

  async function featuresOf({ pause }: SourceOptions, variant: number): Promise<Float32Array> {
    const size = graph.input.height * graph.input.width * graph.input.channels;
    const result = new Float32Array(train.count * graph.featureSize);
    for (let start = 0; start < train.count; start += FEATURE_BATCH) {
      const n = Math.min(FEATURE_BATCH, train.count - start);
      const indices = Uint32Array.from({ length: n }, (_, i) => start + i);
      const images =
        variant === 0
          ? pick(train.images, indices, size)
          : augment(train.images, indices, graph.input, {
              shiftPixels,
              flip,
              seed: deriveSeed(deriveSeed(seed, STREAM.features, variant), STREAM.augmentation, start),
            });
      const features = tf.tidy(() =>
        adaptation
          .features(normalise(images, n, graph.input), 'eval')
          .dataSync<'float32'>()
          .slice(),
      );
      result.set(features, start * graph.featureSize);
      await pause();
    }
    return result;
  }
}

function labelsOf(train: ImageSet, indices: Uint32Array): Uint16Array {
  return Uint16Array.from(indices, (index) => train.labels[index] ?? 0);
}

function rowsOf(features: Float32Array, indices: Uint32Array, size: number): Float32Array {
  const rows = new Float32Array(indices.length * size);
  indices.forEach((index, n) => rows.set(features.subarray(index * size, (index + 1) * size), n * size));
  return rows;
}
