import type { WeightMap } from '@kernelcast/artifact';
import type { Adaptation } from '@kernelcast/km';
import type { Hyperparameters } from '../hyperparameters/hyperparameters.types.js';
import { AdamW } from '../optimiser/adamw.js';
import type { OptimisedParameter } from '../optimiser/adamw.js';

/**
 * The trained parameters of one run and their optimiser, on plain arrays; whoever computes gradients, on this thread
 * or on others, brings them here and takes the new values.
 */
export class ParameterState {
  private readonly parameters: ReadonlyMap<string, OptimisedParameter>;
  private readonly optimiser: AdamW;

  /** Starts from the adaptation's values, which are copied. */
  constructor(adaptation: Adaptation, hyperparameters: Hyperparameters) {
    const { learningRate, headLearningRate, weightDecay } = hyperparameters;
    const parameters = adaptation.parameters.map(({ name, group, variable }) => ({
      name,
      shape: variable.shape,
      values: variable.dataSync<'float32'>().slice(),
      learningRate: group === 'head' ? headLearningRate : learningRate,
      weightDecay,
    }));
    this.parameters = new Map(parameters.map((one) => [one.name, one]));
    this.optimiser = new AdamW(parameters);
  }

  /**
   * One step of the optimiser.
   * @param gradientOf - the gradient of a parameter, in its layout
   * @param rate - share of the peak rates
   */
  step(gradientOf: (name: string) => Float32Array, rate: number): void {
    this.optimiser.step(gradientOf, rate);
  }

  /** Current values of a parameter; never written to afterwards, but replaced. */
  valuesOf(name: string): Float32Array {
    const parameter = this.parameters.get(name);
    if (parameter === undefined) throw new RangeError(`'${name}' is not trained`);
    return parameter.values;
  }

  /** What the optimiser remembers, for a checkpoint; the values themselves are part of the adaptation's state. */
  state(): WeightMap {
    return this.optimiser.state();
  }

  /**
   * Continues from a state after `steps` steps.
   * @param state - what `state()` and the adaptation's `state()` gave
   * @throws {RangeError} when a tensor is missing or has another size.
   */
  restore(state: WeightMap, steps: number): void {
    for (const parameter of this.parameters.values()) {
      const stored = state.get(parameter.name);
      if (stored?.data.length !== parameter.values.length) throw new RangeError(`'${parameter.name}' does not fit`);
      parameter.values = stored.data.slice();
    }
    this.optimiser.restore(state, steps);
  }
}
