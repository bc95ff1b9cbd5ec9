import type { WeightMap } from '@kernelcast/artifact';

/** One parameter as the optimiser sees it. */
export interface OptimisedParameter {
  readonly name: string;
  readonly shape: readonly number[];
  /** Current value; replaced, never written to. */
  values: Float32Array;
  /** Peak rate. */
  readonly learningRate: number;
  readonly weightDecay: number;
}

/** Gradient of a parameter, in its layout; read, never written to. */
export type GradientOf = (name: string) => Float32Array;

/**
 * Changes parameters by their gradients. It works on plain arrays: arithmetic in one place gives the same result on
 * every backend and after every resumption. Sums are made in double precision, state is kept in single.
 */
export interface Optimiser {
  /**
   * One step.
   * @param rate - share of the peak rates
   */
  step(gradientOf: GradientOf, rate: number): void;
  /** What it remembers, for a checkpoint: `<optimiser>/<moment>/<name>`. */
  state(): WeightMap;
  /**
   * Continues from what `state()` gave after `steps` steps.
   * @throws {RangeError} when a tensor is missing or has another size.
   */
  restore(state: WeightMap, steps: number): void;
}
