import type { Hyperparameters, SizeDependent } from './hyperparameters.types.js';

export interface MethodDefaults extends Omit<Hyperparameters, SizeDependent> {
  /** Steps grow with the square root of the dataset: more images need more steps, but each is seen less often. */
  readonly stepsPerRootImage: number;
  readonly steps: { readonly least: number; readonly most: number };
}

/** Whose defaults a method without its own takes. */
export const FALLBACK_METHOD = 'km';

const COMMON: MethodDefaults = {
  stepsPerRootImage: 6,
  steps: { least: 150, most: 3000 },
  batchSize: 48,
  optimiser: 'adam',
  learningRate: 0.05,
  headLearningRate: 0.03,
  weightDecay: 0,
  gradientClip: 0,
  schedule: 'cosine',
  warmUpSteps: 10,
  finalRate: 0,
  labelSmoothing: 0,
  averaging: 0,
  balanced: false,
  shiftPixels: 2,
  flip: false,
  cropScale: 1,
  colourJitter: 0,
  cutoutPixels: 0,
  featureVariants: 1,
  validationShare: 0,
  patience: 0,
};

/**
 * Rates tuned alike for every method, on unused training images of clothing, the bundled ResNet-14 adapted to 1,000
 * images of it (docs/benchmarks.md has the table): BatchNorms alone stand a tenth, all of a network's weights a thirtieth
 * of that. Factors are alike at 0.05 and 0.1 there; the lower rate is the better one on three times the images. The head
 * alone wants many cheap steps.
 */
export const DEFAULT_HYPERPARAMETERS: Readonly<Record<string, MethodDefaults>> = {
  km: COMMON,
  head: { ...COMMON, stepsPerRootImage: 45, headLearningRate: 0.05, featureVariants: 2 },
  bias: { ...COMMON, learningRate: 0.1 },
  bn: { ...COMMON, learningRate: 0.1 },
  'lora-conv': COMMON,
  full: { ...COMMON, learningRate: 0.003 },
};
