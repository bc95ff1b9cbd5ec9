/** What a run is tuned by; every value is settled before the first step and stored with the checkpoint. */
export interface Hyperparameters {
  /** Optimiser steps. */
  readonly steps: number;
  /** Images per step. */
  readonly batchSize: number;
  /** Adam with decoupled weight decay, or stochastic gradient descent with Nesterov's momentum. */
  readonly optimiser: 'adam' | 'sgd';
  /** Peak rate of modulators, BatchNorms and biases. */
  readonly learningRate: number;
  /** Peak rate of the head. */
  readonly headLearningRate: number;
  /** Decoupled decay of every parameter, per step and unit of rate. */
  readonly weightDecay: number;
  /** Gradients are scaled down to this norm over all parameters; 0 leaves them alone. */
  readonly gradientClip: number;
  /** How the rate goes on after the warm-up: as a cosine to `finalRate`, or not at all. */
  readonly schedule: 'cosine' | 'constant';
  /** Steps over which the rate rises to its peak. */
  readonly warmUpSteps: number;
  /** Share of the peak rate that a cosine ends at. */
  readonly finalRate: number;
  /** Share of the target spread evenly over the classes. */
  readonly labelSmoothing: number;
  /** Decay of the exponential mean of the parameters that is exported in their place; 0 exports the last values. */
  readonly averaging: number;
  /** Whether each class is shown equally often, however many images it has. */
  readonly balanced: boolean;
  /** Images are moved by up to this many pixels in each direction. */
  readonly shiftPixels: number;
  /** Whether images are mirrored left to right half of the time. */
  readonly flip: boolean;
  /** Smallest share of an image's area that is cut out and enlarged; 1 shows images whole. */
  readonly cropScale: number;
  /** Strength of random brightness, contrast and saturation; 0 leaves colours alone. */
  readonly colourJitter: number;
  /** Side of a random square that is painted over; 0 paints nothing. */
  readonly cutoutPixels: number;
  /** Augmented copies of each image whose features are kept, where features are computed once. */
  readonly featureVariants: number;
  /** Share of each class's training images that is held back to choose the best checkpoint by; 0 trains on all. */
  readonly validationShare: number;
  /** Steps between two measurements on the held-back images. */
  readonly evaluateEverySteps: number;
  /** Measurements without a better one after which training ends early; 0 runs all steps. */
  readonly patience: number;
}

/** What a caller may ask for; the rest, and `'auto'`, is chosen from the method and the dataset. */
export type HyperparameterChoice = { readonly [K in keyof Hyperparameters]?: Hyperparameters[K] | 'auto' };

/** What follows from the size of the dataset when it is not given. */
export type SizeDependent = 'steps' | 'evaluateEverySteps';
