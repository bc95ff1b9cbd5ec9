import { imageBytes } from './batch-preparer.js';
import type { BatchRecipe, PreparedBatch } from './feed.types.js';

/** Shared memory for a few batches. */
export interface BatchRing {
  readonly slots: number;
  readonly batchSize: number;
  /** uint8 `[slots, batchSize, h, w, c]`. */
  readonly images: Uint8Array;
  /** `[slots, batchSize]`. */
  readonly labels: Uint16Array;
}

export function createRing(recipe: BatchRecipe, slots: number): BatchRing {
  const { batchSize } = recipe;
  const images = new Uint8Array(new SharedArrayBuffer(slots * batchSize * imageBytes(recipe)));
  const labels = new Uint16Array(new SharedArrayBuffer(slots * batchSize * Uint16Array.BYTES_PER_ELEMENT));
  return { slots, batchSize, images, labels };
}

/** Images `start` to `end` of the batch in a slot, not copied. */
export function sliceOf(
  { slots, batchSize, images, labels }: BatchRing,
  slot: number,
  start = 0,
  end = batchSize,
): PreparedBatch {
  const size = images.length / slots / batchSize;
  const first = slot * batchSize;
  return {
    images: images.subarray((first + start) * size, (first + end) * size),
    labels: labels.subarray(first + start, first + end),
  };
}
