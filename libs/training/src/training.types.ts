import type { ModulatorEncoding, WeightMap } from '@kernelcast/artifact';
import type { Budget, ModulatorPlan } from '@kernelcast/km';
import type { BaseNetwork } from '@kernelcast/nets';
import type { Dataset } from '@kernelcast/nets/node';
import type { Measurement } from './checkpoint/run-checkpoint.js';
import type { Evaluation } from './evaluation/evaluation.types.js';
import type { HyperparameterChoice, Hyperparameters } from './hyperparameters/hyperparameters.types.js';
import type { Trial } from './hyperparameters/search/search.types.js';
import type { SpareThreads } from './parallel/spare-threads.js';

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

/** A measurement on the images that are held back to choose the best checkpoint by. */
export interface ValidationReport extends Measurement {
  /** Whether it is the best so far. */
  readonly best: boolean;
}

/** What a search for hyperparameters reports after each trial. */
export interface SearchReport {
  /** Trials done, from 1. */
  readonly trial: number;
  /** That were tried; but for `steps`, which the trial had fewer of. */
  readonly hyperparameters: Hyperparameters;
  /** Steps of the trial. */
  readonly steps: number;
  /** Share of the held-back images that were right. */
  readonly top1: number;
  /** Mean cross-entropy in nats on them; absent when the trial diverged. */
  readonly loss?: number;
  /** What the run will be made by, once the search is over. */
  readonly settled?: Hyperparameters;
}

export interface TrainingOptions {
  readonly base: BaseNetwork;
  readonly dataset: Dataset;
  readonly method: string;
  readonly budget: Budget;
  readonly hyperparameters?: HyperparameterChoice;
  /**
   * Seconds that training may take in all. What is left beside the run itself is used to search the hyperparameters
   * that were left open, on held-back training images; the run is not cut short by it. Without it, nothing is searched.
   */
  readonly searchSeconds?: number;
  /** Unsigned 32-bit integer. With it, a run repeats bit for bit on the same backend. */
  readonly seed: number;
  /**
   * Threads to train on, each with a wasm backend of its own; 1, the default, trains on the calling thread and its
   * backend. The number is part of what makes a result repeat bit for bit.
   */
  readonly threads?: number;
  /** Threads that have loaded already; those that training does not need stay its caller's. */
  readonly spareThreads?: SpareThreads;
  /** Encoding under which the result is measured, as its rounding is part of what a device runs. Default f16. */
  readonly encoding?: ModulatorEncoding;
  /** Whether the metrics are to hold the prediction for every test image. */
  readonly predictions?: boolean;
  /**
   * Tensors of an artifact of the same base, method and plan, from which training goes on: a warm start. Rates and steps
   * are those of any run.
   */
  readonly startFrom?: WeightMap;
  /** Bytes from `onCheckpoint` of a run with the same base, dataset and settings: continues it bit for bit. */
  readonly checkpoint?: Uint8Array;
  /** After each step; awaited. */
  onStep?(report: StepReport): void | Promise<void>;
  /** After each measurement on held-back images; awaited. */
  onValidate?(report: ValidationReport): void | Promise<void>;
  /** After each trial of a search; awaited. */
  onSearch?(report: SearchReport): void | Promise<void>;
  /** With a checkpoint after `step` steps, those of a search's trials included; awaited. */
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
  /** Steps done; fewer than the hyperparameters say when training ended early. */
  readonly steps: number;
  /** Time over all attempts, a search included, measuring on the test images excluded. */
  readonly seconds: number;
  /** The best measurement on held-back images, whose tensors are the result; absent when none were held back. */
  readonly validation?: Measurement;
  /** Of the search that settled the hyperparameters; absent when nothing was searched. */
  readonly trials?: readonly Trial[];
}
