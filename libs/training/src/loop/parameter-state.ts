import type { WeightMap } from '@kernelcast/artifact';
import type { Adaptation } from '@kernelcast/km';
import type { Hyperparameters } from '../hyperparameters/hyperparameters.types.js';
import { clipGradients } from '../optimiser/clip-gradients.js';
import { createOptimiser } from '../optimiser/create-optimiser.js';
import type { GradientOf, OptimisedParameter, Optimiser } from '../optimiser/optimiser.types.js';
import { WeightAverage } from '../optimiser/weight-average.js';

/**
 * The trained parameters of one run and their optimiser, on plain arrays; whoever computes gradients, on this thread
 * or on others, brings them here and takes the new values.
 */
export class ParameterState {
  private readonly parameters: ReadonlyMap<string, OptimisedParameter>;
  private readonly optimiser: Optimiser;
  private readonly average: WeightAverage | undefined;
  private readonly gradientClip: number;

  /** Starts from the adaptation's values, which are copied. */
  constructor(adaptation: Adaptation, hyperparameters: Hyperparameters) {
    const { learningRate, headLearningRate, weightDecay, averaging, gradientClip } = hyperparameters;
    const parameters = adaptation.parameters.map(({ name, group, variable }) => ({
      name,
      shape: variable.shape,
      values: variable.dataSync<'float32'>().slice(),
      learningRate: group === 'head' ? headLearningRate : learningRate,
      weightDecay,
    }));
    this.parameters = new Map(parameters.map((one) => [one.name, one]));
    this.optimiser = createOptimiser(hyperparameters, parameters);
    this.average = averaging > 0 ? new WeightAverage(parameters, averaging) : undefined;
    this.gradientClip = gradientClip;
  }

  /**
   * One step of the optimiser.
   * @param rate - share of the peak rates
   */
  step(gradientOf: GradientOf, rate: number): void {
    const clipped =
      this.gradientClip > 0 ? clipGradients(this.parameters.keys(), gradientOf, this.gradientClip) : gradientOf;
    this.optimiser.step(clipped, rate);
    this.average?.update();
  }

  /** Current values of a parameter; never written to afterwards, but replaced. */
  valuesOf(name: string): Float32Array {
    const parameter = this.parameters.get(name);
    if (parameter === undefined) throw new RangeError(`'${name}' is not trained`);
    return parameter.values;
  }

  /** Values of a parameter to export: their mean over the steps where one is kept, or the current ones. */
  exportedValuesOf(name: string): Float32Array {
    return this.average?.valuesOf(name) ?? this.valuesOf(name);
  }

  /** What is remembered beside the values, for a checkpoint; these are part of the adaptation's state. */
  state(): WeightMap {
    return new Map([...this.optimiser.state(), ...(this.average?.state() ?? [])]);
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
    this.average?.restore(state, steps);
  }
}
