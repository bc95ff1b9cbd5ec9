import type { InputSpec } from '@kernelcast/nets';
import type { Images } from '@kernelcast/nets/node';
import type { Augmentation } from '../augment.js';

/** All that the batches of a run follow from. It can be sent to another thread. */
export interface BatchRecipe {
  readonly input: InputSpec;
  readonly images: Images;
  readonly batchSize: number;
  readonly balanced: boolean;
  readonly augmentation: Augmentation;
  readonly seed: number;
}

/** One step's images, ready for the network but for their normalisation. */
export interface PreparedBatch {
  /** uint8 `[batchSize, h, w, c]`. */
  readonly images: Uint8Array;
  /** Class of each. */
  readonly labels: Uint16Array;
}

/** How often steps came before their images were ready; the first one after a start or a jump has to wait anyway. */
export interface Starvation {
  readonly steps: number;
  readonly milliseconds: number;
}

/** Prepares the batches of a run. */
export interface BatchFeed {
  readonly batchesPerEpoch: number;
  readonly starvation: Starvation;
  /**
   * The batch of a step, valid until the next call. Steps may come in any order; only in a row are they ready ahead.
   * @throws {DatasetError | ImageError} when an image of this batch cannot be read
   * @throws {FeedClosedError} when the feed is closed meanwhile
   */
  at(step: number): Promise<PreparedBatch>;
  close(): Promise<void>;
}
