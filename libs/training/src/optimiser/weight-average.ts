import type { WeightMap } from '@kernelcast/artifact';
import { Moments } from './moments.js';
import type { OptimisedParameter } from './optimiser.types.js';

const PREFIX = 'average';

/** Name under which a state keeps a parameter's mean. */
export const averageOf = (parameter: string): string => `${PREFIX}/${parameter}`;

/**
 * Exponential mean of the parameters over the steps (Polyak and Juditsky, "Acceleration of Stochastic Approximation by
 * Averaging", 1992, in its exponential form). At first it forgets faster, keeping `(1 + t) / (10 + t)` at step `t`, so
 * that the initial values do not stay in it.
 */
export class WeightAverage {
  private readonly mean: Moments;
  private steps = 0;

  /** @param decay - share of the mean that a step keeps once the run is old enough */
  constructor(
    private readonly parameters: readonly OptimisedParameter[],
    private readonly decay: number,
  ) {
    this.mean = new Moments(PREFIX, parameters);
    for (const { name, values } of parameters) this.mean.of(name).set(values);
  }

  /** Takes in the current values, after a step. */
  update(): void {
    this.steps++;
    const kept = Math.min(this.decay, (1 + this.steps) / (10 + this.steps));
    for (const { name, values } of this.parameters) {
      const mean = this.mean.of(name);
      for (let i = 0; i < mean.length; i++) mean[i] = kept * (mean[i] ?? 0) + (1 - kept) * (values[i] ?? 0);
    }
  }

  /** A copy of a parameter's mean. */
  valuesOf(name: string): Float32Array {
    return this.mean.of(name).slice();
  }

  /** For a checkpoint: `average/<name>`. */
  state(): WeightMap {
    return new Map(this.mean.state());
  }

  /** @throws {RangeError} when a tensor is missing or has another size. */
  restore(state: WeightMap, steps: number): void {
    this.mean.restore(state);
    this.steps = steps;
  }
}
