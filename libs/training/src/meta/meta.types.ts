import type { FloatTensor, WeightMap } from '@kernelcast/artifact';
import type { Budget } from '@kernelcast/km';
import type { BaseNetwork, NetworkGraph } from '@kernelcast/nets';
import type { ClassImages } from './episodes/class-images.js';
import type { MetaVariant, RateGroup } from './network/variants.js';

export type MetaAlgorithmName = 'fomaml' | 'reptile';

export interface MetaHyperparameters {
  /** Outer steps. */
  readonly iterations: number;
  /** Tasks whose gradients one outer step averages. */
  readonly tasksPerIteration: number;
  /** Classes of a training task. */
  readonly ways: number;
  /** Support images of a class; tasks take the numbers in turn, so that one base serves them all. */
  readonly shots: readonly number[];
  /** Query images of a class. */
  readonly queries: number;
  /** Inner steps of the head alone, before the joint ones. */
  readonly headSteps: number;
  /** Inner steps of all that is adapted. */
  readonly innerSteps: number;
  /** Inner rates to begin with. */
  readonly innerRates: Readonly<Record<RateGroup, number>>;
  /** Peak outer rate of Adam for the base and the modulators' B. */
  readonly outerRate: number;
  /** Peak rate of Adam for the logarithm of each inner rate; 0 keeps the rates. FOMAML only. */
  readonly rateLearning: number;
  /** Episodes, of each number of shots, by which the learned rates are brought down at the end; 0 leaves them. */
  readonly calibrationEpisodes: number;
}

/** What is reported after each outer step, as means over its tasks. */
export interface MetaReport {
  /** Outer steps done, from 1. */
  readonly iteration: number;
  readonly iterations: number;
  /** Query cross-entropy after adaptation. */
  readonly loss: number;
  /** Exponential mean over about fifty steps. */
  readonly smoothedLoss: number;
  /** Share of query images classified right after adaptation. */
  readonly accuracy: number;
  /** Since this attempt's first step. */
  readonly iterationsPerSecond: number;
}

/** What is reported of each factor that the learned inner rates were tried with, when the outer steps are done. */
export interface CalibrationReport {
  /** On all rates alike. */
  readonly factor: number;
  /** Share of right answers on tasks of the training classes. */
  readonly accuracy: number;
  /** Factors tried, from 1. */
  readonly tried: number;
  readonly factors: number;
}

export interface MetaTrainingOptions {
  readonly graph: NetworkGraph;
  /** Where the base's weights begin, such as a pretrained network's; drawn from the seed when absent. */
  readonly weights?: WeightMap;
  /** Classes to draw tasks from. */
  readonly classes: readonly ClassImages[];
  readonly variant: MetaVariant;
  readonly algorithm: MetaAlgorithmName;
  /** Of the modulators; the other variants have none. */
  readonly budget: Budget;
  readonly hyperparameters?: Partial<MetaHyperparameters>;
  /** Unsigned 32-bit integer. With it, a run repeats bit for bit on the same backend. */
  readonly seed: number;
  /** Bytes from `onCheckpoint` of a run with the same options: continues it bit for bit. */
  readonly checkpoint?: Uint8Array;
  /** After each outer step; awaited. */
  onIteration?(report: MetaReport): void | Promise<void>;
  /** When the outer steps are done; awaited. */
  onTrained?(): void | Promise<void>;
  /** After each factor on the inner rates; awaited. */
  onCalibrate?(report: CalibrationReport): void | Promise<void>;
  /** With a checkpoint after `iteration` outer steps; awaited. */
  onCheckpoint?(bytes: Uint8Array, iteration: number): void | Promise<void>;
  /** Outer steps between checkpoints. */
  readonly checkpointEvery?: number;
  /** Milliseconds after which the next outer step is followed by one. */
  readonly checkpointEveryMs?: number;
  /** Stops the run between two outer steps, after a last checkpoint; it rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

/** What adaptation to a task starts from, beside the base network itself. */
export interface AdaptationStart {
  /** The one base network it belongs to. */
  readonly baseDigest: BaseNetwork['digest'];
  readonly variant: MetaVariant;
  /** Of the modulators. */
  readonly budget: Budget;
  /** Inner steps it was learned for: of the head alone, then of all that is adapted. */
  readonly headSteps: number;
  readonly innerSteps: number;
  /** Learned inner rate of each adapted parameter; the head's are for one class. */
  readonly rates: ReadonlyMap<string, number>;
  /** The modulators' B, by `<layer>/B`; A starts at zero. */
  readonly factors: ReadonlyMap<string, FloatTensor>;
}

export interface MetaTrainingResult {
  /** An ordinary base network. */
  readonly base: BaseNetwork;
  /** The base's weights file, which its digest names. */
  readonly weightsFile: Uint8Array;
  readonly start: AdaptationStart;
  readonly hyperparameters: MetaHyperparameters;
  /** Training time over all attempts. */
  readonly seconds: number;
}
