import { openImages } from '@kernelcast/nets/node';
import type { ImageReader } from '@kernelcast/nets/node';
import { BatchPreparer, imageBytes, orderOf } from './batch-preparer.js';
import type { BatchFeed, BatchRecipe, PreparedBatch, Starvation } from './feed.types.js';

/** Prepares each batch when it is asked for, on this thread. Right for images that are in this thread's memory. */
export async function createInlineFeed(recipe: BatchRecipe): Promise<BatchFeed> {
  return new InlineFeed(recipe, await openImages(recipe.images));
}

class InlineFeed implements BatchFeed {
  readonly batchesPerEpoch: number;
  readonly starvation: Starvation = { steps: 0, milliseconds: 0 };
  private readonly preparer: BatchPreparer;
  private readonly batch: PreparedBatch;

  constructor(
    recipe: BatchRecipe,
    private readonly reader: ImageReader,
  ) {
    this.batchesPerEpoch = orderOf(recipe).batchesPerEpoch;
    this.preparer = new BatchPreparer(recipe, reader);
    this.batch = {
      images: new Uint8Array(recipe.batchSize * imageBytes(recipe)),
      labels: new Uint16Array(recipe.batchSize),
    };
  }

  async at(step: number): Promise<PreparedBatch> {
    await this.preparer.prepare(step, this.batch);
    return this.batch;
  }

  close(): Promise<void> {
    return this.reader.close();
  }
}
