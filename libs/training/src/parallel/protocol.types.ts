import type { WeightMap } from '@kernelcast/artifact';
import type { BackendName } from '@kernelcast/compute';
import type { BatchRecipe } from '../data/feed/feed.types.js';
import type { BatchRing } from '../data/feed/ring.js';
import type { StepOutcome, StepRunnerOptions } from '../loop/step-runner.types.js';
import type { Exchange, ExchangeShape } from './all-reduce.js';
import type { SentError } from './sendable-error.js';

/** What a thread is started with: it may load its backend before it is known what it will train. */
export interface ThreadStart {
  /** Number of the thread, from 0. */
  readonly index: number;
  readonly backend: BackendName;
}

/** What a thread trains. Weights and pixels are in shared memory. */
export interface ThreadSetup extends Omit<StepRunnerOptions, 'pause' | 'train'>, ThreadStart {
  readonly threads: number;
  readonly recipe: BatchRecipe;
  /** Of the barrier. */
  readonly cells: Int32Array;
  /** Milliseconds to wait for other threads. */
  readonly patience: number;
}

/** What a thread says when it has made its replica. */
export interface ThreadReady {
  /** Numbers in all trained parameters together. */
  readonly parameters: number;
  readonly featuresFrozen: boolean;
}

/** What all threads share beside their inputs; it needs to be known what they train. */
export interface ThreadLinks {
  readonly shape: ExchangeShape;
  readonly exchange: Exchange;
  /** Where batches are found; or, where features cannot change, tables of them `[count, featureSize]` by variant. */
  readonly input: { readonly ring: BatchRing } | { readonly features: readonly Float32Array[] };
}

export type ThreadRequest =
  /** Make a replica; comes first, and once. */
  | { readonly type: 'setup'; readonly setup: ThreadSetup }
  | { readonly type: 'link'; readonly links: ThreadLinks }
  /** Compute this thread's share of the features. */
  | { readonly type: 'features' }
  | { readonly type: 'step'; readonly step: number; readonly rate: number; readonly slot: number }
  | { readonly type: 'state' }
  | { readonly type: 'restore'; readonly state: WeightMap; readonly steps: number }
  | { readonly type: 'export' };

export interface RequestMessage {
  readonly id: number;
  readonly request: ThreadRequest;
}

/** The answer to a request; what it is follows from the request. */
export type ThreadValue = ThreadReady | StepOutcome | WeightMap | undefined;

export type ReplyMessage =
  | { readonly id: number; readonly value: ThreadValue }
  | {
      readonly id: number;
      readonly error: SentError;
      /** `passing`: the replicas are still equal. `fatal`: they are not. `peer`: only because another thread has failed. */
      readonly kind: 'passing' | 'fatal' | 'peer';
    };
