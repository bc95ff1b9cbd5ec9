import { createReadStream } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { ObjectStore } from '@kernelcast/storage';
import type { Lease } from './training-jobs.types.js';

/** A checkpoint holds three numbers for each trained one; the largest method trains a whole base. */
const MAX_CHECKPOINT_BYTES = 2 ** 30;

/**
 * Checkpoints in the object store. Each has a key of its own, so that one that a job points to never changes under a
 * worker that reads it, whatever an earlier holder of the lease still does.
 */
export class CheckpointStore {
  constructor(private readonly store: ObjectStore) {}

  /** Stores a local file, which is removed afterwards. */
  async save({ jobId, token }: Lease, file: string, step: number): Promise<string> {
    const key = `checkpoints/${jobId}/${token}/${step}`;
    try {
      await this.store.put(key, createReadStream(file));
    } finally {
      await rm(file, { force: true });
    }
    return key;
  }

  /** Fetches a checkpoint to a local file. */
  async load(key: string, folder: string): Promise<string> {
    const file = path.join(folder, 'resume.safetensors');
    await writeFile(file, await this.store.read(key, MAX_CHECKPOINT_BYTES));
    return file;
  }

  /** Removes a checkpoint that no job points to. What cannot be removed now is only litter. */
  async remove(key: string | undefined): Promise<void> {
    if (key !== undefined) await this.store.delete(key).catch(() => undefined);
  }
}
