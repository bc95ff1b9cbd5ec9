import type { WeightMap } from '@kernelcast/artifact';
import { createAdaptation } from '@kernelcast/km';
import type { Adaptation, ModulatorPlan } from '@kernelcast/km';
import { createBatchSource } from '../data/batch-source.js';
import type { BatchSource } from '../data/batch-source.js';
import { ParameterState } from './parameter-state.js';
import { assignValues, gradientsOf } from './step.js';
import type { StepOutcome, StepRunner, StepRunnerOptions } from './step-runner.types.js';

/**
 * Runs steps on this thread, on the backend that is set.
 * @throws {BudgetError | UnknownMethodError}
 * @throws what `options.pause` throws
 */
export async function createLocalRunner(options: StepRunnerOptions): Promise<StepRunner> {
  const { base, train, hyperparameters, seed, pause, ...adapted } = options;
  const adaptation = createAdaptation(base, { ...adapted, seed });
  try {
    const source = await createBatchSource({ graph: base.graph, adaptation, train, hyperparameters, seed, pause });
    return new LocalRunner(adaptation, source, options);
  } catch (error) {
    adaptation.dispose();
    throw error;
  }
}

class LocalRunner implements StepRunner {
  readonly plan: ModulatorPlan;
  readonly batchesPerEpoch: number;
  private readonly parameters: ParameterState;
  private readonly labelSmoothing: number;

  constructor(
    private readonly adaptation: Adaptation,
    private readonly source: BatchSource,
    { hyperparameters }: StepRunnerOptions,
  ) {
    this.plan = adaptation.plan;
    this.batchesPerEpoch = source.batchesPerEpoch;
    this.labelSmoothing = hyperparameters.labelSmoothing;
    this.parameters = new ParameterState(adaptation, hyperparameters);
  }

  async step(step: number, rate: number): Promise<StepOutcome> {
    const { loss, accuracy, gradients } = gradientsOf(this.adaptation, await this.source.at(step), this.labelSmoothing);
    if (Number.isFinite(loss)) {
      this.parameters.step((name) => gradients.get(name) ?? new Float32Array(), rate);
      assignValues(this.adaptation, (name) => this.parameters.valuesOf(name));
    }
    return { loss, accuracy };
  }

  async state(): Promise<WeightMap> {
    return new Map([...this.adaptation.state(), ...this.parameters.state()]);
  }

  async restore(state: WeightMap, steps: number): Promise<void> {
    this.adaptation.restore(state);
    this.parameters.restore(state, steps);
  }

  async exportTensors(): Promise<WeightMap> {
    assignValues(this.adaptation, (name) => this.parameters.exportedValuesOf(name));
    try {
      return this.adaptation.exportTensors();
    } finally {
      assignValues(this.adaptation, (name) => this.parameters.valuesOf(name));
    }
  }

  async dispose(): Promise<void> {
    await this.source.close();
    this.adaptation.dispose();
  }
}
