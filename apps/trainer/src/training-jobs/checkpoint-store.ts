import { createReadStream } from 'node:fs';
import { rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { StorageError, type ObjectStore } from '@kernelcast/storage';
import type { CheckpointsRepository } from './checkpoints.repository.js';
import { LeaseLostError, type CheckpointRef, type Lease } from './training-jobs.types.js';

/** A checkpoint holds three numbers for each trained one; the largest method trains a whole base. */
const MAX_CHECKPOINT_BYTES = 2 ** 30;

/**
 * Checkpoints in the object store. Each has a key of its own, so that one that a job points to never changes under a
 * worker that reads it, whatever an earlier holder of the lease still does.
 */
export class CheckpointStore {
  /** @param keep - checkpoints of a job that stay; older ones go when a newer one has come */
  constructor(
    private readonly store: ObjectStore,
    private readonly rows: CheckpointsRepository,
    private readonly keep: number,
  ) {}

  /** Stores a local file, which is removed afterwards. @throws {LeaseLostError} */
  async save(lease: Lease, file: string, step: number): Promise<void> {
    const key = `checkpoints/${lease.jobId}/${lease.token}/${step}`;
    try {
      const { size } = await stat(file);
      await this.store.put(key, createReadStream(file));
      const forgotten = await this.rows.add(lease, { key, step, size }, this.keep);
      await this.removeObjects(forgotten);
    } catch (error) {
      // After any other error the job may point to it all the same: an answer can be lost after a commit.
      if (error instanceof LeaseLostError) await this.removeObjects([key]);
      throw error;
    } finally {
      await rm(file, { force: true });
    }
  }

  /** Fetches a checkpoint to a local file; `undefined` when the store does not have it. */
  async load({ key }: CheckpointRef, folder: string): Promise<string | undefined> {
    const file = path.join(folder, 'resume.safetensors');
    try {
      await writeFile(file, await this.store.read(key, MAX_CHECKPOINT_BYTES));
      return file;
    } catch (error) {
      if (error instanceof StorageError && error.code === 'object_not_found') return undefined;
      throw error;
    }
  }

  /** Removes a checkpoint that cannot be continued. @throws {LeaseLostError} */
  async drop(lease: Lease, { key }: CheckpointRef, reason: string): Promise<void> {
    await this.rows.drop(lease, key, reason);
    await this.removeObjects([key]);
  }

  /**
   * Removes the checkpoints of jobs that nobody continues, of all jobs or of one. The objects go first: what cannot be
   * removed now is still known, and goes the next time.
   */
  async sweep(jobId: string | undefined = undefined): Promise<void> {
    const keys = await this.rows.ofEndedJobs(jobId);
    for (const key of keys) await this.store.delete(key);
    await this.rows.forget(keys);
  }

  /** What cannot be removed is only litter. */
  private async removeObjects(keys: readonly string[]): Promise<void> {
    for (const key of keys) await this.store.delete(key).catch(() => undefined);
  }
}
