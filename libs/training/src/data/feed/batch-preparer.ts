import type { ImageReader } from '@kernelcast/nets/node';
import { augment, augments } from '../augment.js';
import { createBatchOrder } from '../order.js';
import type { BatchOrder } from '../order.js';
import { deriveSeed, STREAM } from '../seeds.js';
import type { BatchRecipe, PreparedBatch } from './feed.types.js';

/** Makes the batch of any step, on whatever thread it runs. */
export class BatchPreparer {
  private readonly order: BatchOrder;

  constructor(
    private readonly recipe: BatchRecipe,
    private readonly reader: ImageReader,
  ) {
    this.order = orderOf(recipe);
  }

  /**
   * @param target - gets the batch; half written when this rejects
   * @throws {DatasetError | ImageError} when an image cannot be read
   */
  async prepare(step: number, target: PreparedBatch): Promise<void> {
    const { augmentation, input, images, seed } = this.recipe;
    // A copy: the order may reuse its memory before the images are read.
    const indices = this.order.at(step).slice();
    indices.forEach((index, n) => (target.labels[n] = images.labels[index] ?? 0));
    if (!augments(augmentation)) return this.reader.read(indices, target.images);
    const original = new Uint8Array(target.images.length);
    await this.reader.read(indices, original);
    augment(original, target.images, input, { ...augmentation, seed: deriveSeed(seed, STREAM.augmentation, step) });
  }
}

/** The order in which a recipe's images are shown. */
export function orderOf({ images: { labels }, batchSize, balanced, seed }: BatchRecipe): BatchOrder {
  return createBatchOrder({ labels, batchSize, balanced, seed });
}

/** Bytes of one image. */
export function imageBytes({ input: { height, width, channels } }: BatchRecipe): number {
  return height * width * channels;
}
