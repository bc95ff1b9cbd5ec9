import { createPrng } from '@kernelcast/artifact';
import { deriveSeed, STREAM } from './seeds.js';

/**
 * Which images each step sees: a fresh permutation per epoch, cut into whole batches; what does not fill a batch
 * waits for another epoch.
 */
export class BatchOrder {
  private epoch = -1;
  private permutation: Uint32Array = new Uint32Array();

  constructor(
    private readonly options: { readonly count: number; readonly batchSize: number; readonly seed: number },
  ) {}

  get batchesPerEpoch(): number {
    return Math.floor(this.options.count / this.options.batchSize);
  }

  /** Indices of the images of a step (from 0). */
  at(step: number): Uint32Array {
    const { count, batchSize, seed } = this.options;
    const epoch = Math.floor(step / this.batchesPerEpoch);
    if (epoch !== this.epoch) {
      this.permutation = permutationOf(count, deriveSeed(seed, STREAM.order, epoch));
      this.epoch = epoch;
    }
    const start = (step % this.batchesPerEpoch) * batchSize;
    return this.permutation.subarray(start, start + batchSize);
  }
}

/** Fisher-Yates. The modulo favours low numbers by less than `count / 2^32`. */
function permutationOf(count: number, seed: number): Uint32Array {
  const prng = createPrng(seed);
  const order = Uint32Array.from({ length: count }, (_, i) => i);
  for (let last = count - 1; last > 0; last--) {
    const other = prng.nextUint32() % (last + 1);
    [order[last], order[other]] = [order[other] ?? 0, order[last] ?? 0];
  }
  return order;
}
