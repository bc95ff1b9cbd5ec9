import type { WeightMap } from '@kernelcast/artifact';
import type { Adaptation } from '@kernelcast/km';
import type { Hyperparameters } from '../hyperparameters/hyperparameters.types.js';
import type { GradientOf } from '../optimiser/optimiser.types.js';
import { ParameterState } from './parameter-state.js';
import { assignValues } from './step.js';

/** An adaptation and what trains it, wherever its gradients come from. It owns neither. */
export class Learner {
  private readonly parameters: ParameterState;

  constructor(
    readonly adaptation: Adaptation,
    hyperparameters: Hyperparameters,
  ) {
    this.parameters = new ParameterState(adaptation, hyperparameters);
  }

  /**
   * One step of the optimiser.
   * @param rate - share of the peak rates
   */
  apply(gradientOf: GradientOf, rate: number): void {
    this.parameters.step(gradientOf, rate);
    assignValues(this.adaptation, (name) => this.parameters.valuesOf(name));
  }

  /** Copies of all that training changes: parameters, moving statistics, the optimiser's moments. */
  state(): WeightMap {
    return new Map([...this.adaptation.state(), ...this.parameters.state()]);
  }

  /**
   * Continues from what `state()` gave after `steps` steps.
   * @throws {ModulatorMismatchError | RangeError} when a tensor is missing or has another shape.
   */
  restore(state: WeightMap, steps: number): void {
    this.adaptation.restore(state);
    this.parameters.restore(state, steps);
  }

  /** The artifact's tensors, of the parameters' means where they are averaged; training goes on from where it was. */
  exportTensors(): WeightMap {
    assignValues(this.adaptation, (name) => this.parameters.exportedValuesOf(name));
    try {
      return this.adaptation.exportTensors();
    } finally {
      assignValues(this.adaptation, (name) => this.parameters.valuesOf(name));
    }
  }
}
