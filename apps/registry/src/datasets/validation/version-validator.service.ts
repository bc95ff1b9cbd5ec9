import type { DatasetVersion } from '@kernelcast/contracts';
import type { Tx } from '@kernelcast/database';
import { Injectable } from '@nestjs/common';
import { systemIn } from '../../changes/actor.js';
import { LeaseLostError } from '../../housekeeping/leased-work.js';
import { Changes } from '../../changes/changes.service.js';
import { DatasetsRepository, type ValidatedVersion } from '../datasets.repository.js';
import { UploadParts } from '../uploads/upload-parts.service.js';
import { DatasetExamination, type KnownBytes } from './dataset-examination.service.js';
import { ValidationQueue, type ValidationTask } from './validation-queue.repository.js';

export interface ValidateOptions {
  /** Name of the lease. */
  readonly owner: string;
  readonly signal: AbortSignal;
}

/** Turns one complete upload into a ready or invalid version. */
@Injectable()
export class VersionValidator {
  constructor(
    private readonly queue: ValidationQueue,
    private readonly examination: DatasetExamination,
    private readonly datasets: DatasetsRepository,
    private readonly changes: Changes,
    private readonly parts: UploadParts,
  ) {}

  /**
   * @throws LeaseLostError when another registry took the upload over; nothing is written then
   * @throws whatever keeps the work from being done now
   */
  async validate(task: ValidationTask, { owner, signal }: ValidateOptions): Promise<void> {
    const found = await this.examination.examine(task, signal);
    await this.settle(task, owner, found);
    // What cannot be removed now is found by the rows that stay.
    await this.parts.remove(task.uploadId).catch(() => undefined);
  }

  private async settle(task: ValidationTask, owner: string, found: ValidatedVersion | KnownBytes): Promise<void> {
    const { datasetId, versionId } = task;
    await this.changes.commit(systemIn(task.projectId), async (tx) => {
      await this.datasets.lock(tx, datasetId);
      const earlier = found.sourceDigest && (await this.datasets.findReady(datasetId, found.sourceDigest, tx));
      const filled = { owner, versionId: earlier ? earlier.id : versionId, duplicate: Boolean(earlier) };
      if (!(await this.queue.finish(tx, task, filled))) throw new LeaseLostError();
      if (earlier) await this.datasets.deleteVersion(tx, versionId);
      const settled = earlier ?? (await this.fill(tx, versionId, found));
      const { version, state, digest, images } = settled;
      const after = { datasetId, version, state, digest, images, duplicate: filled.duplicate };
      const audit = { action: 'dataset_version.validate', resource: filled.versionId, after };
      const type = state === 'ready' ? 'dataset_version.ready' : 'dataset_version.invalid';
      return { result: null, audit, events: [{ type, subject: filled.versionId }] };
    });
  }

  private fill(tx: Tx, versionId: string, found: ValidatedVersion | KnownBytes): Promise<DatasetVersion> {
    // Versions are never removed, so what was known a moment ago still is.
    if ('known' in found) throw new Error(`the version of ${found.sourceDigest} is gone`);
    return this.datasets.settleVersion(tx, versionId, found);
  }
}
