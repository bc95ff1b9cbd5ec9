/** What a run is tuned by; every number is settled before the first step and stored with the checkpoint. */
export interface Hyperparameters {
  /** Optimiser steps. */
  readonly steps: number;
  /** Images per step. */
  readonly batchSize: number;
  /** Peak rate of modulators, BatchNorms and biases. */
  readonly learningRate: number;
  /** Peak rate of the head. */
  readonly headLearningRate: number;
  /** Decoupled decay of every parameter, per step and unit of rate. */
  readonly weightDecay: number;
  /** Share of the target spread evenly over the classes. */
  readonly labelSmoothing: number;
  /** Images are moved by up to this many pixels in each direction. */
  readonly shiftPixels: number;
  /** Whether images are mirrored left to right half of the time. */
  readonly flip: boolean;
  /** Augmented copies of each image whose features are kept, where features are computed once. */
  readonly featureVariants: number;
}

/** What a caller may ask for; the rest, and `'auto'`, is chosen from the method and the dataset. */
export type HyperparameterChoice = { readonly [K in keyof Hyperparameters]?: Hyperparameters[K] | 'auto' };
