import path from 'node:path';
import type { Digest } from '@kernelcast/contracts';
import { StorageError } from '@kernelcast/storage';
import type { TaskSpec } from '../training-child/messages.js';
import type { JobDefinition, LeasedTaskJob, MetaDefinition } from '../training-jobs/training-jobs.types.js';
import { BlobCorruptError, type BlobCache } from './blob-cache.js';

/** What a job computes from is not in the object store, or is something else there. */
export class InputMissingError extends Error {
  readonly code = 'input_missing';

  constructor(what: string, digest: Digest, cause: Error) {
    super(
      `The ${what} (${digest}) cannot be had: ${cause.message}. Restore it in the object store or upload it again, then retry the job.`,
      { cause },
    );
    this.name = 'InputMissingError';
  }
}

/** The files of a job, as its training process gets them. */
export type InputFiles = Pick<TaskSpec, 'base' | 'datasetPath' | 'startFromPath' | 'startPath' | 'rival'>;

export interface InputSource {
  readonly blobs: BlobCache;
  /** Wraps every fetch, to repeat it for as long as the store cannot be reached. */
  readonly fetch?: (call: () => Promise<string>) => Promise<string>;
}

/**
 * Puts a job's inputs into a folder.
 * @throws {InputMissingError} and what the store throws
 */
export async function fetchInputs(
  job: (JobDefinition & Pick<Partial<LeasedTaskJob>, 'rival'>) | MetaDefinition,
  folder: string,
  { blobs, fetch = (call) => call() }: InputSource,
): Promise<InputFiles> {
  const get = async (what: string, digest: Digest, name: string): Promise<string> => {
    try {
      return await fetch(() => blobs.borrow(digest, path.join(folder, name)));
    } catch (error) {
      const gone = error instanceof StorageError && error.code === 'object_not_found';
      if (gone || error instanceof BlobCorruptError) throw new InputMissingError(what, digest, error);
      throw error;
    }
  };
  const { base, datasetDigest } = job;
  const { startFromDigest, startDigest, rival } = job.scenario === 'meta' ? NOTHING_MORE : job;
  return {
    base: {
      digest: base.digest,
      graphPath: await get('graph of the base network', base.graphDigest, 'graph.json'),
      weightsPath: await get('base network', base.weightsDigest, 'weights.safetensors'),
    },
    datasetPath: await get('dataset', datasetDigest, 'dataset.zip'),
    rival:
      (rival &&
        (await get('version to compare with', rival.digest, 'rival.safetensors').then(
          (file) => ({ modulatorVersion: rival.id, path: file }),
          // Nothing is computed from it: a job is not worth failing because there is nothing to compare with.
          (error: unknown) => {
            if (!(error instanceof InputMissingError)) throw error;
          },
        ))) ||
      undefined,
    startFromPath: startFromDigest && (await get('version to start from', startFromDigest, 'start-from.safetensors')),
    startPath: startDigest && (await get('starting point of the base network', startDigest, 'start.safetensors')),
  };
}

/** Meta-training begins at the base network alone. */
const NOTHING_MORE: Pick<LeasedTaskJob, 'startFromDigest' | 'startDigest' | 'rival'> = {
  startFromDigest: undefined,
  startDigest: undefined,
  rival: undefined,
};
