import * as tf from '@tensorflow/tfjs-core';
import type { InputSpec } from '../graph/graph.types.js';

/** Largest value of an image's byte. */
const BYTE_MAXIMUM = 255;

/**
 * Turns `n` images (uint8, `[n, h, w, c]`, row by row) into what a base network expects: `(x / 255 - mean) / std`.
 *
 * @throws {RangeError} when `images` is not `n · h · w · c` bytes long.
 */
export function normalise(images: Uint8Array, n: number, spec: InputSpec): tf.Tensor4D {
  const { height, width, channels } = spec;
  return tf.tensor4d(normalisedValues(images, n, spec), [n, height, width, channels]);
}

/**
 * As {@link normalise}, as numbers: from a table of 256 values per channel, so that every backend gets the same.
 * @throws {RangeError} when `images` is not `n · h · w · c` bytes long.
 */
export function normalisedValues(images: Uint8Array, n: number, spec: InputSpec): Float32Array {
  const { height, width, channels } = spec;
  const length = n * height * width * channels;
  if (images.length !== length) throw new RangeError(`${n} images are ${length} bytes, not ${images.length}`);
  const tables = spec.mean.map((mean, channel) => normalisationTable(mean, spec.std[channel] ?? 1));
  const values = new Float32Array(length);
  tables.forEach((table, channel) => {
    for (let i = channel; i < length; i += channels) values[i] = table[images[i] ?? 0] ?? 0;
  });
  return values;
}

function normalisationTable(mean: number, std: number): Float32Array {
  return Float32Array.from({ length: BYTE_MAXIMUM + 1 }, (_, byte) => (byte / BYTE_MAXIMUM - mean) / std);
}
