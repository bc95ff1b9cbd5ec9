import type * as tf from '@tensorflow/tfjs-core';
import type { WeightMap } from '@kernelcast/artifact';
import type { NetworkGraph } from '@kernelcast/nets';
import type { BatchObservation, LayerStatistics, Mode, Observer } from '../modulators/backbone.types.js';
import type { AdaptationParameter } from '../modulators/part.types.js';
import type { Allowance, Budget, ModulatorPlan } from '../plan/plan.types.js';

export interface AdaptationOptions {
  /** Name of a registered method. */
  readonly method: string;
  readonly budget: Budget;
  /** Classes of the task; the head has as many outputs. */
  readonly classes: number;
  /** Seed of the initial values, an unsigned 32-bit integer. */
  readonly seed: number;
}

/**
 * A base network being adapted to a task. It owns its tensors: `dispose()` frees all. The base's arrays are read,
 * never written. The backend must have been set before.
 */
export interface Adaptation {
  readonly plan: ModulatorPlan;
  readonly parameters: readonly AdaptationParameter[];
  /** Whether no parameter but the head's can change the features, so that these may be computed once. */
  readonly featuresFrozen: boolean;
  /**
   * Features `[n, featureSize]` of normalised images `x` `[n, h, w, c]`. In evaluation, an observer gets what the batch
   * says of each BatchNorm's input, which then changes nothing.
   */
  features(x: tf.Tensor4D, mode: Mode, observer?: Observer): tf.Tensor2D;
  /** Logits `[n, classes]` of features `[n, featureSize]`. */
  headForward(features: tf.Tensor2D): tf.Tensor2D;
  /** Logits `[n, classes]` of normalised images `x` `[n, h, w, c]`. */
  forward(x: tf.Tensor4D, mode: Mode, observer?: Observer): tf.Tensor2D;
  /** Moves the statistics towards those of a batch, as a training pass without an observer does by itself. */
  follow(observations: readonly BatchObservation[]): void;
  /** Copies of all that training changes: parameters and moving statistics, for a checkpoint. */
  state(): WeightMap;
  /**
   * Continues from what `state()` gave.
   * @throws {ModulatorMismatchError} when a tensor is missing or has another shape.
   */
  restore(state: WeightMap): void;
  /** The tensors of the artifact, the task's statistics folded in, with `head/kernel` and `head/bias`. */
  exportTensors(): WeightMap;
  /**
   * Continues from an artifact's tensors of the same plan. Evaluated, it then computes what the folded artifact does.
   * An artifact does not tell the task's statistics apart from γ and β, which training does: see `rebase`.
   * @throws {ModulatorMismatchError} when a tensor is missing, has another shape or no place; nothing has changed then.
   */
  adopt(tensors: WeightMap): void;
  /**
   * Takes other statistics without changing what is computed in evaluation: γ and β make up for them. With those that
   * `features(x, 'eval', observer)` observes, training begins by computing what evaluation computes.
   */
  rebase(statistics: readonly LayerStatistics[]): void;
  dispose(): void;
}

/** A way to adapt a base network: what it may spend on which layer. One backbone computes whatever it plans. */
export interface AdaptationMethod {
  readonly name: string;
  /** Whether it keeps to a budget; otherwise it has one size on each base, whatever the budget. */
  readonly budgeted: boolean;
  /** @throws {BudgetError} */
  planLayers(graph: NetworkGraph, allowance: Allowance): ModulatorPlan['layers'];
}
