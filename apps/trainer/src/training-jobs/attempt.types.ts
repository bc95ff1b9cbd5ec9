import type { Logger } from '@kernelcast/platform';
import type { ObjectStore } from '@kernelcast/storage';
import type { ProcessSupply } from '../child-process/process-supply.js';
import type { Device } from '../devices/device.types.js';
import type { BlobCache } from '../inputs/blob-cache.js';
import type { CheckpointStore } from './checkpoint-store.js';
import type { TrainingJobsRepository } from './training-jobs.repository.js';
import type { WorkFolders } from './work-folders.js';

/** How attempts run here. */
export interface AttemptSettings {
  readonly checkpointEveryMs: number;
  readonly checkpointEverySteps: number | undefined;
  /** Compute backend to insist on. */
  readonly backend: string | undefined;
  /** Folder of a native build. */
  readonly nativeFolder: string | undefined;
  /** Threads that one job may use. */
  readonly threads: number;
  /** Of the trainer; recorded in the artifact. */
  readonly version: string;
  /** Milliseconds a child gets to write its last checkpoint when its attempt is to end. */
  readonly stopGraceMs: number;
  /** Milliseconds without a word after which a child is taken for stuck. */
  readonly silenceMs: number;
  /** Milliseconds without the database after which a job is left to a trainer that reaches it. */
  readonly adriftAfterMs: number;
}

/** What every attempt works with. */
export interface AttemptTools {
  readonly repository: TrainingJobsRepository;
  readonly blobs: BlobCache;
  readonly store: ObjectStore;
  readonly checkpoints: CheckpointStore;
  readonly folders: WorkFolders;
  readonly processes: ProcessSupply;
  readonly settings: AttemptSettings;
  readonly logger: Logger;
}

/** What one attempt gets beside the tools that all share. */
export interface AttemptPlace {
  /** Where its child computes. */
  readonly device: Device;
  readonly shutdown: AbortSignal;
}

/**
 * How an attempt ended: `released` = given back because the trainer shuts down; `retry` = given back because its
 * process died, to be tried again; `paused` = it rests until somebody resumes it; `lost` = somebody else has the job
 * now, or nobody wants it any more; `adrift` = the database is out of reach.
 */
export type AttemptOutcome = 'succeeded' | 'failed' | 'released' | 'retry' | 'paused' | 'lost' | 'adrift';
