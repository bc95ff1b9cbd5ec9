import type { Readable } from 'node:stream';
import type { completeDatasetUploadSchema, createDatasetUploadSchema, DatasetUpload } from '@kernelcast/contracts';
import { AppError } from '@kernelcast/platform';
import { Injectable } from '@nestjs/common';
import type { z } from 'zod';
import { systemIn, withFingerprint, type Actor } from '../../changes/actor.js';
import { Changes } from '../../changes/changes.service.js';
import type { Owned } from '../../projects/project-access.js';
import { DATASET_LIMITS } from '../dataset-limits.js';
import { DatasetsRepository } from '../datasets.repository.js';
import { DatasetValidation } from '../validation/dataset-validation.service.js';
import { DatasetUploadsRepository, toUpload, type UploadRecord } from './dataset-uploads.repository.js';
import { UPLOAD_LIMITS } from './upload-limits.js';
import { UploadParts, type Received } from './upload-parts.service.js';

export interface UploadReference extends Owned {
  readonly id: string;
}

@Injectable()
export class DatasetUploadsService {
  constructor(
    private readonly uploads: DatasetUploadsRepository,
    private readonly parts: UploadParts,
    private readonly datasets: DatasetsRepository,
    private readonly validation: DatasetValidation,
    private readonly changes: Changes,
  ) {}

  /**
   * Begins an upload and the version that it will fill, or finds the caller's unfinished one of the same fingerprint.
   * @throws AppError `body_too_large`, `too_many_requests`
   */
  async create(
    actor: Actor,
    datasetId: string,
    { size, fingerprint }: z.infer<typeof createDatasetUploadSchema>,
  ): Promise<DatasetUpload> {
    const { archiveBytes } = DATASET_LIMITS;
    if (size > archiveBytes) throw new AppError('body_too_large', `A dataset may have ${archiveBytes} bytes`);
    return this.changes.commit(actor, async (tx) => {
      await this.datasets.lock(tx, datasetId);
      const wanted = { datasetId, actorId: actor.id, size, fingerprint };
      const unfinished = fingerprint === undefined ? null : await this.uploads.findUnfinished(tx, wanted);
      if (unfinished) return { result: toUpload(unfinished) };
      if ((await this.uploads.countUnfinished(tx, datasetId)) >= UPLOAD_LIMITS.openPerDataset)
        throw new AppError('too_many_requests', `The dataset has ${UPLOAD_LIMITS.openPerDataset} unfinished uploads`);
      const { id: versionId } = await this.datasets.addVersion(tx, datasetId, 'uploading');
      const result = toUpload(await this.uploads.create(tx, { ...wanted, versionId }));
      return { result, audit: { action: 'dataset_upload.create', resource: result.id, after: result } };
    });
  }

  /** @throws AppError `upload_not_found` */
  async get(reference: UploadReference): Promise<DatasetUpload> {
    return toUpload(await this.find(reference));
  }

  /**
   * @throws AppError `upload_not_found`, `conflict`, `upload_offset_mismatch`, `body_too_large`; `malformed_body` when
   *   the stream broke off, after what came of it was kept
   */
  async append(reference: UploadReference, offset: number, source: Readable): Promise<DatasetUpload> {
    const upload = await this.find(reference);
    if (upload.state !== 'uploading') throw new AppError('conflict', `The upload is ${upload.state}`);
    if (upload.offset !== offset)
      throw new AppError('upload_offset_mismatch', `The upload continues at ${upload.offset}, not at ${offset}`);
    const { fault } = await this.parts.append(upload, source);
    if (fault) throw new AppError('malformed_body', 'The upload broke off', { cause: fault });
    return this.get(reference);
  }

  /** @throws AppError `upload_not_found`, `upload_offset_mismatch` */
  async complete(
    actor: Actor,
    id: string,
    { digest }: z.infer<typeof completeDatasetUploadSchema>,
  ): Promise<DatasetUpload> {
    const upload = await this.find({ projectId: actor.projectId, id });
    if (upload.state !== 'uploading') return toUpload(upload);
    if (upload.offset !== upload.size)
      throw new AppError('upload_offset_mismatch', `${upload.offset} of ${String(upload.size)} bytes are there`);
    const result = await this.changes.commit(actor, async (tx) => {
      const changed = await this.uploads.complete(tx, upload, { digest });
      if (changed && upload.versionId) await this.datasets.startValidation(tx, upload.versionId);
      const after = toUpload((await this.uploads.find(id, tx)) ?? upload);
      const audit = { action: 'dataset_upload.complete', resource: id, after };
      return { result: after, ...(changed && { audit }) };
    });
    this.validation.wake();
    return result;
  }

  /** @throws AppError `upload_not_found`, `conflict` when it is complete already */
  async cancel(actor: Actor, id: string): Promise<void> {
    await this.find({ projectId: actor.projectId, id });
    await this.changes.commit(actor, async (tx) => {
      if (!(await this.uploads.giveUp(tx, id))) throw new AppError('conflict', 'The upload is complete already');
      return { result: null, audit: { action: 'dataset_upload.cancel', resource: id } };
    });
    await this.parts.remove(id);
    await this.uploads.delete(id);
  }

  /**
   * Takes a whole archive in one request. An upload that breaks off leaves nothing.
   * @returns id of the upload, whose validation is on its way; of an earlier one when the request is a repetition
   * @throws AppError `body_too_large`, `malformed_body`, `idempotency_mismatch`
   */
  async receive(actor: Actor, datasetId: string, archive: Readable): Promise<string> {
    const upload = await this.changes.commit({ ...actor, idempotency: undefined }, async (tx) => ({
      result: await this.uploads.create(tx, { datasetId, actorId: actor.id }),
    }));
    try {
      const received = await this.parts.append(upload, archive);
      if (received.fault) throw new AppError('malformed_body', 'The upload broke off', { cause: received.fault });
      if (received.offset === 0) throw new AppError('malformed_body', 'The upload is empty');
      const id = await this.close(actor, upload, received);
      if (id !== upload.id) await this.discard(upload.id);
      return id;
    } catch (error) {
      await this.discard(upload.id);
      throw error;
    }
  }

  private async close(actor: Actor, upload: UploadRecord, { offset, digest }: Received): Promise<string> {
    const { id, datasetId } = upload;
    const { uploadId } = await this.changes.commit(withFingerprint(actor, `${datasetId} ${digest}`), async (tx) => {
      const { id: versionId, version } = await this.datasets.addVersion(tx, datasetId, 'validating');
      const closed = await this.uploads.complete(tx, { ...upload, offset }, { versionId });
      if (!closed) throw new AppError('conflict', 'The upload was given up');
      const after = { id, datasetId, version, size: offset };
      return { result: { uploadId: id }, audit: { action: 'dataset_upload.complete', resource: id, after } };
    });
    this.validation.wake();
    return uploadId;
  }

  private async discard(id: string): Promise<void> {
    await this.changes.commit(systemIn(null), async (tx) => ({ result: await this.uploads.giveUp(tx, id) }));
    await this.parts.remove(id);
    await this.uploads.delete(id);
  }

  private async find({ projectId, id }: UploadReference): Promise<UploadRecord> {
    const upload = await this.uploads.findIn(projectId, id);
    if (!upload) throw new AppError('upload_not_found', `There is no upload "${id}"`);
    return upload;
  }
}
