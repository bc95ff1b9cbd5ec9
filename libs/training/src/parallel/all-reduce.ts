import type { BatchObservation } from '@kernelcast/km';
import type { Barrier } from './barrier.js';
import { joinObservations } from './join-observations.js';

/** Sizes of what a step's threads tell each other. */
export interface ExchangeShape {
  readonly threads: number;
  /** Numbers in all gradients together. */
  readonly gradients: number;
  /** Numbers in all BatchNorms' means and variances together, at most. */
  readonly statistics: number;
  /** BatchNorms, at most. */
  readonly norms: number;
}

/** What one thread found on its part of a batch. */
export interface Contribution {
  /** Mean over the part. */
  readonly loss: number;
  /** Images that were right. */
  readonly hits: number;
  readonly images: number;
  /** Of the mean loss, all parameters' one after the other; anything when the loss is not finite. */
  readonly gradients: Float32Array;
  readonly observations: readonly BatchObservation[];
}

/** The same for the whole batch, with the same bits on every thread. */
export interface Reduction {
  readonly loss: number;
  readonly accuracy: number;
  /** Shared memory, valid until the next reduction. */
  readonly gradients: Float32Array;
  readonly observations: readonly BatchObservation[];
}

/** Numbers about a part beside its arrays: loss, hits, images. */
const SCALARS = 3;

/** Shared memory for all threads. */
export interface Exchange {
  /** `[threads, gradients]` */
  readonly parts: Float32Array;
  /** `[gradients]`: the result. */
  readonly sum: Float32Array;
  /** `[threads, statistics]` */
  readonly statistics: Float32Array;
  /** `[threads, SCALARS + norms]`: the scalars, then how many values each BatchNorm saw. */
  readonly scalars: Float64Array;
}

export function createExchange({ threads, gradients, statistics, norms }: ExchangeShape): Exchange {
  const floats = (count: number) => new Float32Array(new SharedArrayBuffer(count * Float32Array.BYTES_PER_ELEMENT));
  const doubles = threads * (SCALARS + norms);
  return {
    parts: floats(threads * gradients),
    sum: floats(gradients),
    statistics: floats(threads * statistics),
    scalars: new Float64Array(new SharedArrayBuffer(doubles * Float64Array.BYTES_PER_ELEMENT)),
  };
}

/**
 * Adds up what threads found on their parts of a batch: each writes its own, each sums one segment of all gradients
 * (reduce-scatter), each reads all sums. Sums are made in double precision and in the order of the threads, so they
 * depend on how the batch is divided but never on who comes first.
 */
export class AllReduce {
  constructor(
    private readonly shape: ExchangeShape,
    private readonly exchange: Exchange,
    /** Number of this thread. */
    private readonly index: number,
    private readonly barrier: Barrier,
  ) {}

  /**
   * Blocks until every thread has contributed.
   * @throws {BarrierError} when one will not
   */
  reduce(contribution: Contribution): Reduction {
    this.publish(contribution);
    this.barrier.wait();
    const images = this.scalarsOf(2);
    const total = images.reduce((sum, one) => sum + one, 0);
    const weights = images.map((one) => one / total);
    this.sumSegment(weights);
    const observations = joinObservations(this.observationsOfAll(contribution.observations));
    const loss = this.scalarsOf(0).reduce((sum, one, thread) => sum + one * (weights[thread] ?? NaN), 0);
    const hits = this.scalarsOf(1).reduce((sum, one) => sum + one, 0);
    // Nobody may write to its part before all have read it.
    this.barrier.wait();
    return { loss, accuracy: hits / total, gradients: this.exchange.sum, observations };
  }

  private publish({ loss, hits, images, gradients, observations }: Contribution): void {
    const { exchange, shape, index } = this;
    exchange.parts.set(gradients, index * shape.gradients);
    let at = index * shape.statistics;
    for (const { mean, variance } of observations) {
      exchange.statistics.set(mean, at);
      exchange.statistics.set(variance, at + mean.length);
      at += 2 * mean.length;
    }
    const counts = observations.map(({ count }) => count);
    exchange.scalars.set([loss, hits, images, ...counts], index * (SCALARS + shape.norms));
  }

  /** One scalar of every thread. */
  private scalarsOf(which: number): number[] {
    const { threads, norms } = this.shape;
    return Array.from({ length: threads }, (_, n) => this.exchange.scalars[n * (SCALARS + norms) + which] ?? NaN);
  }

  private sumSegment(weights: readonly number[]): void {
    const { gradients, threads } = this.shape;
    const { parts, sum } = this.exchange;
    const [start, end] = segmentOf(gradients, threads, this.index);
    const totals = new Float64Array(end - start);
    weights.forEach((weight, thread) => {
      const from = thread * gradients + start;
      for (let i = 0; i < totals.length; i++) totals[i] = (totals[i] ?? 0) + weight * (parts[from + i] ?? NaN);
    });
    sum.set(totals, start);
  }

  /** Every thread's observations; their layers and sizes are this thread's. */
  private observationsOfAll(own: readonly BatchObservation[]): BatchObservation[][] {
    const { threads, statistics, norms } = this.shape;
    return Array.from({ length: threads }, (_, thread) => {
      let at = thread * statistics;
      const next = (length: number) => this.exchange.statistics.slice(at, (at += length));
      const counts = thread * (SCALARS + norms) + SCALARS;
      return own.map(({ layer, mean: { length } }, norm) => {
        const count = this.exchange.scalars[counts + norm] ?? NaN;
        return { layer, mean: next(length), variance: next(length), count };
      });
    });
  }
}

/** The `index`-th of `parts` almost equal ranges of `length`, as `[start, end]`. */
export function segmentOf(length: number, parts: number, index: number): [start: number, end: number] {
  return [Math.floor((length * index) / parts), Math.floor((length * (index + 1)) / parts)];
}
