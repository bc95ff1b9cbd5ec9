import type { Logger } from '@kernelcast/platform';
import type { ObjectStore } from '@kernelcast/storage';
import type { BlobCache } from '../inputs/blob-cache.js';
import type { CheckpointStore } from './checkpoint-store.js';
import type { TrainingJobsRepository } from './training-jobs.repository.js';
import type { WorkFolders } from './work-folders.js';

/** How attempts run here. */
export interface AttemptSettings {
  /** Compiled entry of the child process. */
  readonly childEntry: string;
  readonly checkpointEveryMs: number;
  /** Compute backend to insist on. */
  readonly backend: string | undefined;
  /** Folder of a native build. */
  readonly nativeFolder: string | undefined;
  /** Threads that one job may use. */
  readonly threads: number;
  /** Of the trainer; recorded in the artifact. */
  readonly version: string;
  /** Milliseconds a child gets to write its last checkpoint when the trainer shuts down. */
  readonly stopGraceMs: number;
}

/** What every attempt works with. */
export interface AttemptTools {
  readonly repository: TrainingJobsRepository;
  readonly blobs: BlobCache;
  readonly store: ObjectStore;
  readonly checkpoints: CheckpointStore;
  readonly folders: WorkFolders;
  readonly settings: AttemptSettings;
  readonly logger: Logger;
}

/**
 * How an attempt ended: `released` = given back because the trainer shuts down; `retry` = given back because its
 * process died, to be tried again; `lost` = somebody else has the job now, or nobody wants it any more.
 */
export type AttemptOutcome = 'succeeded' | 'failed' | 'released' | 'retry' | 'lost';
