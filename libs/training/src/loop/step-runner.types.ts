import type { WeightMap } from '@kernelcast/artifact';
import type { Budget, ModulatorPlan } from '@kernelcast/km';
import type { BaseNetwork } from '@kernelcast/nets';
import type { Images } from '@kernelcast/nets/node';
import type { Starvation } from '../data/feed/feed.types.js';
import type { Hyperparameters } from '../hyperparameters/hyperparameters.types.js';

export interface StepRunnerOptions {
  readonly base: BaseNetwork;
  readonly method: string;
  readonly budget: Budget;
  /** Classes of the task. */
  readonly classes: number;
  readonly train: Images;
  readonly hyperparameters: Hyperparameters;
  readonly seed: number;
  /** Called between pieces of work before the first step; lets the event loop run, and throws when the run is to stop. */
  readonly pause: () => Promise<void>;
}

export interface StepOutcome {
  /** Mean over the batch; when it is not finite, nothing was updated. */
  readonly loss: number;
  /** Share of the batch that was classified right before the step. */
  readonly accuracy: number;
}

/**
 * Runs the steps of one training run, on this thread or on several; the loop above does not know which. A step's
 * batch depends on the seed and the step alone.
 */
export interface StepRunner {
  readonly plan: ModulatorPlan;
  readonly batchesPerEpoch: number;
  /** How often steps came before their images were ready. */
  readonly starvation: Starvation;
  /**
   * One step of the optimiser.
   * @param step - from 0
   * @param rate - share of the peak learning rates
   */
  step(step: number, rate: number): Promise<StepOutcome>;
  /** Copies of all that training changes: parameters, moving statistics, the optimiser's moments. */
  state(): Promise<WeightMap>;
  /**
   * Continues from what `state()` gave after `steps` steps.
   * @throws {ModulatorMismatchError | RangeError} when a tensor is missing or has another shape.
   */
  restore(state: WeightMap, steps: number): Promise<void>;
  /**
   * The artifact's tensors as they are now, `golden/logits` excepted; of the parameters' means where
   * `hyperparameters.averaging` asks for them. The run itself goes on from where it was.
   */
  exportTensors(): Promise<WeightMap>;
  dispose(): Promise<void>;
}
