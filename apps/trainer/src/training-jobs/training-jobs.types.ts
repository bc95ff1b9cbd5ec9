import type {
  Digest,
  Hyperparameters,
  JobState,
  LayerChange,
  MetaSettings,
  SettledHyperparameters,
} from '@kernelcast/contracts';
import type { Progress, TrainingSpec } from '../training-child/messages.js';

/** The right to write to a job, until somebody takes a newer lease or the job leaves the leased states. */
export interface Lease {
  readonly jobId: string;
  /** Fencing token: every write names it. */
  readonly token: string;
  readonly attempt: number;
}

/** A checkpoint in the object store. */
export interface CheckpointRef {
  readonly key: string;
  /** Steps done when it was written. */
  readonly step: number;
}

/** What made the steps of earlier attempts. */
export interface RanOn {
  readonly backend: string | undefined;
  readonly threads: number | undefined;
}

interface CommonDefinition {
  readonly jobId: string;
  readonly base: { readonly digest: Digest; readonly graphDigest: Digest; readonly weightsDigest: Digest };
  readonly datasetDigest: Digest;
  readonly method: string;
  readonly budget: TrainingSpec['budget'];
  readonly seed: number;
}

/** The version that a task runs now, which a new one is compared with. */
export interface RivalVersion {
  readonly id: string;
  /** Of its artifact. */
  readonly digest: Digest;
}

/** What a modulator is computed from, whoever does it. */
export interface JobDefinition extends CommonDefinition {
  readonly scenario: 'transfer' | 'few-shot';
  readonly task: string;
  readonly labels: readonly string[];
  /** Artifact of the version that a warm start begins at. */
  readonly startFromDigest: Digest | undefined;
  /** Where few-shot learning begins on the base network. */
  readonly startDigest: Digest | undefined;
  readonly hyperparameters: Hyperparameters;
  /** That search and run may take in all; without it nothing is searched. */
  readonly searchSeconds: number | undefined;
}

/** What a base network is computed from. */
export interface MetaDefinition extends CommonDefinition {
  readonly scenario: 'meta';
  /** Name of the base network. */
  readonly outputName: string;
  readonly settings: MetaSettings;
}

interface Leased {
  readonly lease: Lease;
  readonly projectId: string;
  readonly baseNetworkId: string;
  readonly deadline: Date | undefined;
  /** Newest first. */
  readonly checkpoints: readonly CheckpointRef[];
  /** By which the checkpoints were made; a change of it changes the result's digest. */
  readonly ranOn: RanOn;
}

export interface LeasedTaskJob extends JobDefinition, Leased {
  /** The task's champion, or else its newest approved version, on this base network. */
  readonly rival: RivalVersion | undefined;
  /** Whether a gate of the task asks for the accuracy of a linear probe. */
  readonly wantsProbe: boolean;
  readonly taskId: string;
}
export interface LeasedMetaJob extends MetaDefinition, Leased {}
/** A job as its worker needs it. */
export type LeasedJob = LeasedTaskJob | LeasedMetaJob;

export type LeaseResult =
  | { readonly kind: 'taken'; readonly job: LeasedJob }
  /** The job is gone, has ended or was cancelled. */
  | { readonly kind: 'skipped'; readonly state: JobState | 'missing' }
  /** A pause was asked for while nobody had the job. */
  | { readonly kind: 'paused' }
  /** It cannot be trained any more, and has been closed as failed. */
  | { readonly kind: 'given-up' };

/** What a look at the lease tells. */
export type LeaseState = 'held' | 'pause-requested' | 'lost';

/** What a job shows of itself while it runs. */
export interface ProgressUpdate {
  readonly progress: Progress;
  readonly estimatedFinish: Date | undefined;
  /** Whether this step is worth an entry in the event log. */
  readonly logged: boolean;
}

export interface FinishedJob {
  readonly digest: Digest;
  readonly size: number;
  readonly encoding: string;
  readonly parameters: number;
  readonly headParameters: number;
  readonly steps: number;
  readonly seconds: number;
  readonly metrics: Readonly<Record<string, unknown>>;
  /** Blob of what it predicts for each test image. */
  readonly predictions: { readonly digest: Digest; readonly size: number };
  readonly layerChanges: readonly LayerChange[];
  /** As settled. */
  readonly hyperparameters: Readonly<SettledHyperparameters>;
  readonly trainerVersion: string;
}

/** Somebody else holds the job now, or it was cancelled: nothing of this worker's may be written. */
export class LeaseLostError extends Error {
  readonly code = 'lease_lost';

  constructor(jobId: string) {
    super(`The lease of ${jobId} is lost`);
    this.name = 'LeaseLostError';
  }
}
