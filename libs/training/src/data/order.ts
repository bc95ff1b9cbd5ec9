import { BalancedOrder } from './balanced-order.js';
import { permutationOf } from './permutation.js';
import { deriveSeed, STREAM } from './seeds.js';

/** Which images each step sees; it depends on the seed and the step alone. */
export interface BatchOrder {
  readonly batchesPerEpoch: number;
  /** Indices of the images of a step (from 0). */
  at(step: number): Uint32Array;
}

export interface OrderOptions {
  /** Class of each image. */
  readonly labels: Uint16Array;
  readonly batchSize: number;
  readonly seed: number;
  /** Whether each class is shown equally often, however many images it has. */
  readonly balanced: boolean;
}

export function createBatchOrder(options: OrderOptions): BatchOrder {
  return options.balanced ? new BalancedOrder(options) : new ShuffledOrder(options);
}

/** A fresh permutation per epoch, cut into whole batches; what does not fill a batch waits for another epoch. */
class ShuffledOrder implements BatchOrder {
  private epoch = -1;
  private permutation: Uint32Array = new Uint32Array();

  constructor(private readonly options: OrderOptions) {}

  get batchesPerEpoch(): number {
    return Math.floor(this.options.labels.length / this.options.batchSize);
  }

  at(step: number): Uint32Array {
    const { labels, batchSize, seed } = this.options;
    const epoch = Math.floor(step / this.batchesPerEpoch);
    if (epoch !== this.epoch) {
      this.permutation = permutationOf(labels.length, deriveSeed(seed, STREAM.order, epoch));
      this.epoch = epoch;
    }
    const start = (step % this.batchesPerEpoch) * batchSize;
    return this.permutation.subarray(start, start + batchSize);
  }
}
