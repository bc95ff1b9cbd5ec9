import type { ModulatorEncoding, WeightMap } from '@kernelcast/artifact';
import type { Budget, ModulatorPlan } from '@kernelcast/km';
import type { BaseNetwork } from '@kernelcast/nets';
import type { LoadedDataset } from '@kernelcast/nets/node';
import type { Evaluation } from './evaluation/evaluation.types.js';
import type { HyperparameterChoice, Hyperparameters } from './hyperparameters/hyperparameters.types.js';

/** What a run reports after each step. */
export interface StepReport {
  /** Steps done, from 1. */
  readonly step: number;
  readonly steps: number;
  /** Passes over the training images so far. */
  readonly epoch: number;
  /** Of this step's batch. */
  readonly loss: number;
  /** Exponential mean over about ten steps, the number to show. */
  readonly smoothedLoss: number;
  /** Share of this step's batch that was right before the step. */
  readonly accuracy: number;
  /** Since this attempt's first step. */
  readonly imagesPerSecond: number;
}

export interface TrainingOptions {
  readonly base: BaseNetwork;
  readonly dataset: LoadedDataset;
  readonly method: string;
  readonly budget: Budget;
  readonly hyperparameters?: HyperparameterChoice;
  /** Unsigned 32-bit integer. With it, a run repeats bit for bit on the same backend. */
  readonly seed: number;
  /** Encoding under which the result is measured, as its rounding is part of what a device runs. Default f16. */
  readonly encoding?: ModulatorEncoding;
  /** Bytes from `onCheckpoint` of a run with the same base, dataset and settings: continues it bit for bit. */
  readonly checkpoint?: Uint8Array;
  /** After each step; awaited. */
  onStep?(report: StepReport): void | Promise<void>;
  /** With a checkpoint after `step` steps; awaited. */
  onCheckpoint?(bytes: Uint8Array, step: number): void | Promise<void>;
  /** When the steps are done and measuring begins. */
  onEvaluate?(): void | Promise<void>;
  /** Steps between checkpoints. */
  readonly checkpointEverySteps?: number;
  /** Least time between checkpoints, in milliseconds; with both given, whichever comes first. */
  readonly checkpointEveryMs?: number;
  /** Stops the run between two steps, after a last checkpoint; `train` rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

export interface TrainingResult {
  /** Tensors of the artifact without `golden/logits`, in single precision. */
  readonly artifactTensors: WeightMap;
  readonly labels: readonly string[];
  /** Measured on the test images. */
  readonly metrics: Evaluation;
  readonly plan: ModulatorPlan;
  /** As settled, nothing left automatic. */
  readonly hyperparameters: Hyperparameters;
  readonly steps: number;
  /** Training time over all attempts, measuring excluded. */
  readonly seconds: number;
}
