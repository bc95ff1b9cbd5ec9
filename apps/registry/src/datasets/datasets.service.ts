import type { Readable } from 'node:stream';
import {
  datasetPreviewSchema,
  type createDatasetSchema,
  type Dataset,
  type DatasetPreview,
  type DatasetStats,
  type DatasetVersion,
  type Digest,
  type ListDatasetsQuery,
  type ListDatasetVersionsQuery,
  type Page,
} from '@kernelcast/contracts';
import { newId } from '@kernelcast/database';
import { AppError } from '@kernelcast/platform';
import { OBJECT_STORE, readBlob, type ObjectStore } from '@kernelcast/storage';
import { Inject, Injectable } from '@nestjs/common';
import type { z } from 'zod';
import type { Actor } from '../changes/actor.js';
import { Changes } from '../changes/changes.service.js';
import type { Owned } from '../projects/project-access.js';
import { DatasetsRepository, type VersionDetails } from './datasets.repository.js';
import { DatasetUploadsService } from './uploads/dataset-uploads.service.js';
import { DatasetValidation } from './validation/dataset-validation.service.js';

/** Four thumbnails of a kilobyte or two for each of a thousand classes fit several times. */
const PREVIEW_LIMIT_BYTES = 64 * 1024 ** 2;

/** A version by its number. */
export interface VersionReference extends Owned {
  /** Id or name of the dataset. */
  readonly reference: string;
  readonly version: number;
}

@Injectable()
export class DatasetsService {
  constructor(
    private readonly datasets: DatasetsRepository,
    private readonly uploads: DatasetUploadsService,
    private readonly validation: DatasetValidation,
    private readonly changes: Changes,
    @Inject(OBJECT_STORE) private readonly store: ObjectStore,
  ) {}

  /** @throws AppError `name_taken` */
  async create(actor: Actor, { name, description }: z.infer<typeof createDatasetSchema>): Promise<Dataset> {
    return this.changes.commit(actor, async (tx) => {
      const dataset = await this.datasets.create(tx, {
        id: newId('dataset'),
        projectId: actor.projectId,
        name,
        description,
      });
      if (!dataset) throw new AppError('name_taken', `A dataset named "${name}" exists`);
      return { result: dataset, audit: { action: 'dataset.create', resource: dataset.id, after: dataset } };
    });
  }

  /** @throws AppError `dataset_not_found` */
  async get(projectId: string, reference: string): Promise<Dataset> {
    const dataset = await this.datasets.find(projectId, reference);
    if (!dataset) throw new AppError('dataset_not_found', `There is no dataset "${reference}"`);
    return dataset;
  }

  list(projectId: string, query: ListDatasetsQuery): Promise<Page<Dataset>> {
    return this.datasets.list(projectId, query);
  }

  /** @throws AppError `dataset_not_found` */
  async listVersions(
    projectId: string,
    reference: string,
    query: ListDatasetVersionsQuery,
  ): Promise<Page<DatasetVersion>> {
    const { id } = await this.get(projectId, reference);
    return this.datasets.listVersions(id, query);
  }

  /** @throws AppError `dataset_not_found` */
  async getVersion(version: VersionReference): Promise<DatasetVersion> {
    return (await this.details(version)).version;
  }

  /** @throws AppError `dataset_not_found`, `dataset_not_ready` */
  async getStats(version: VersionReference): Promise<DatasetStats> {
    const { stats } = await this.details(version);
    if (!stats) throw notReady(version);
    return stats;
  }

  /**
   * @returns digest of the preview, by which caches know it
   * @throws AppError `dataset_not_found`, `dataset_not_ready`
   */
  async findPreview(version: VersionReference): Promise<Digest> {
    const { previewDigest } = await this.details(version);
    if (!previewDigest) throw notReady(version);
    return previewDigest;
  }

  async readPreview(digest: Digest): Promise<DatasetPreview> {
    const bytes = await readBlob(this.store, digest, PREVIEW_LIMIT_BYTES);
    return datasetPreviewSchema.parse(JSON.parse(new TextDecoder().decode(bytes)));
  }

  /**
   * Takes a zip as a new version, in one request that lasts until it is validated: ready, or invalid with the findings.
   * An upload that breaks off leaves nothing, an invalid archive is not stored, and bytes that are a version already
   * give that one.
   *
   * @throws AppError `dataset_not_found`, `body_too_large`, `malformed_body`
   */
  async upload(actor: Actor, reference: string, archive: Readable): Promise<DatasetVersion> {
    const { id } = await this.get(actor.projectId, reference);
    const upload = await this.validation.settled(await this.uploads.receive(actor, id, archive));
    const version = upload.versionId && (await this.datasets.findVersion(actor.projectId, upload.versionId));
    if (!version) throw new Error(`the upload ${upload.id} has no version`);
    return version;
  }

  private async details({ projectId, reference, version }: VersionReference): Promise<VersionDetails> {
    const { id, name } = await this.get(projectId, reference);
    const details = await this.datasets.findNumber(id, version);
    if (!details) throw new AppError('dataset_not_found', `The dataset "${name}" has no version ${version}`);
    return details;
  }
}

const notReady = ({ version }: VersionReference) =>
  new AppError('dataset_not_ready', `Version ${version} is not ready`);
