import type * as tf from '@tensorflow/tfjs-core';
import type { Part } from './part.types.js';

/** `train` normalises by the batch and follows its statistics; `eval` uses the statistics followed so far. */
export type Mode = 'train' | 'eval';

/** Statistics of the input of one BatchNorm, per channel. */
export interface LayerStatistics {
  readonly layer: string;
  readonly mean: Float32Array;
  readonly variance: Float32Array;
}

/** What one batch said about the input of one BatchNorm; the variance is biased. */
export interface BatchObservation extends LayerStatistics {
  /** Values per channel that these are of. */
  readonly count: number;
}

/**
 * Takes what a training pass observed, layer by layer, in place of the moving statistics; these then wait for
 * `follow`, so that several parts of one batch can be joined before.
 */
export type Observer = (observations: readonly BatchObservation[]) => void;

/** The part of an adaptation below the head. */
export interface Backbone {
  /** Whether nothing that is trained can change the features. */
  readonly frozen: boolean;
  readonly parts: readonly Part[];
  /**
   * Features `[n, featureSize]` of normalised images `x` `[n, h, w, c]`. Without an observer, training follows the
   * statistics and evaluation observes nothing.
   */
  features(x: tf.Tensor4D, mode: Mode, observer?: Observer): tf.Tensor2D;
  /** Moves the statistics towards those of a batch, as a training pass without an observer does by itself. */
  follow(observations: readonly BatchObservation[]): void;
  /** Gives BatchNorms other statistics, changing nothing that is computed in evaluation. */
  rebase(statistics: readonly LayerStatistics[]): void;
  /** Frees the tensors that no part owns. */
  dispose(): void;
}
