import type { WeightMap } from '@kernelcast/artifact';
import { createAdaptation } from '@kernelcast/km';
import type { ModulatorPlan } from '@kernelcast/km';
import { createBatchSource } from '../data/batch-source.js';
import type { BatchSource } from '../data/batch-source.js';
import type { Starvation } from '../data/feed/feed.types.js';
import { Learner } from './learner.js';
import { gradientsOf } from './step.js';
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
    return new LocalRunner(new Learner(adaptation, hyperparameters), source, hyperparameters.labelSmoothing);
  } catch (error) {
    adaptation.dispose();
    throw error;
  }
}

class LocalRunner implements StepRunner {
  readonly plan: ModulatorPlan;
  readonly batchesPerEpoch: number;

  constructor(
    private readonly learner: Learner,
    private readonly source: BatchSource,
    private readonly labelSmoothing: number,
  ) {
    this.plan = learner.adaptation.plan;
    this.batchesPerEpoch = source.batchesPerEpoch;
  }

  get starvation(): Starvation {
    return this.source.starvation;
  }

  async step(step: number, rate: number): Promise<StepOutcome> {
    const { adaptation } = this.learner;
    const { loss, accuracy, gradients } = gradientsOf(adaptation, await this.source.at(step), this.labelSmoothing);
    if (Number.isFinite(loss)) this.learner.apply((name) => gradients.get(name) ?? new Float32Array(), rate);
    return { loss, accuracy };
  }

  async state(): Promise<WeightMap> {
    return this.learner.state();
  }

  async restore(state: WeightMap, steps: number): Promise<void> {
    this.learner.restore(state, steps);
  }

  async exportTensors(): Promise<WeightMap> {
    return this.learner.exportTensors();
  }

  async dispose(): Promise<void> {
    await this.source.close();
    this.learner.adaptation.dispose();
  }
}
