import * as tf from '@tensorflow/tfjs-core';
import type { Adaptation } from '@kernelcast/km';
import { normalise } from '@kernelcast/nets';
import type { InputSpec } from '@kernelcast/nets';
import type { ImageReader } from '@kernelcast/nets/node';
import { augment, augments } from './augment.js';
import type { Augmentation } from './augment.js';
import { deriveSeed, STREAM } from './seeds.js';

/** Images whose features are computed at once. */
const FEATURE_BATCH = 128;

/** A piece of the features' computation: images `start` to `end` in one of their variants. */
export interface FeatureChunk {
  /** 0 are the images as they are. */
  readonly variant: number;
  readonly start: number;
  readonly end: number;
}

/**
 * The pieces of the features' computation, the same however many threads share them.
 *
 * @param count - images
 * @param variants - augmented copies wanted of each; where nothing is augmented there is one
 */
export function featureChunks(count: number, variants: number, augmentation: Augmentation): FeatureChunk[] {
  const perVariant = Math.ceil(count / FEATURE_BATCH);
  return Array.from({ length: perVariant * (augments(augmentation) ? variants : 1) }, (_, i) => {
    const start = (i % perVariant) * FEATURE_BATCH;
    return { variant: Math.floor(i / perVariant), start, end: Math.min(count, start + FEATURE_BATCH) };
  });
}

export interface FeatureContext {
  readonly adaptation: Adaptation;
  readonly reader: ImageReader;
  readonly input: InputSpec;
  readonly augmentation: Augmentation;
  /** The run's. */
  readonly seed: number;
}

/** Features `[end - start, featureSize]` of a piece, row by row. The backend must have been set before. */
export async function featuresOf(
  context: FeatureContext,
  { variant, start, end }: FeatureChunk,
): Promise<Float32Array> {
  const { adaptation, reader, input, augmentation } = context;
  const n = end - start;
  const original = new Uint8Array(n * input.height * input.width * input.channels);
  await reader.read(
    Uint32Array.from({ length: n }, (_, i) => start + i),
    original,
  );
  let images = original;
  if (variant > 0) {
    const seed = deriveSeed(deriveSeed(context.seed, STREAM.features, variant), STREAM.augmentation, start);
    images = new Uint8Array(original.length);
    augment(original, images, input, { ...augmentation, seed });
  }
  return tf.tidy(() =>
    adaptation
      .features(normalise(images, n, input), 'eval')
      .dataSync<'float32'>()
      .slice(),
  );
}

/** Rows of a table of features `[count, size]`, in the order asked for. */
export function rowsOf(features: Float32Array, indices: Uint32Array, size: number): Float32Array {
  const rows = new Float32Array(indices.length * size);
  indices.forEach((index, n) => rows.set(features.subarray(index * size, (index + 1) * size), n * size));
  return rows;
}
