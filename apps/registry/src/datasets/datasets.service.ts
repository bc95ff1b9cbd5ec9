import { createReadStream } from 'node:fs';
import type { Readable } from 'node:stream';
import type { createDatasetSchema, Dataset, DatasetVersion, Page, PageQuery } from '@kernelcast/contracts';
import { newId } from '@kernelcast/database';
import { AppError } from '@kernelcast/platform';
import { OBJECT_STORE, putBlobStream, type ObjectStore } from '@kernelcast/storage';
import { Inject, Injectable } from '@nestjs/common';
import type { z } from 'zod';
import { withFingerprint, type Actor } from '../changes/actor.js';
import { Changes } from '../changes/changes.service.js';
import { CONFIG, type RegistryConfig } from '../config/registry.config.js';
import { pageById, toPage } from '../paging/paging.js';
import { DATASET_LIMITS } from './dataset-limits.js';
import { DatasetsRepository } from './datasets.repository.js';
import { withSpooledFile, type SpooledFile } from './spooled-file.js';
import { validateArchive, type ArchiveReport } from './validate-archive.js';

@Injectable()
export class DatasetsService {
  constructor(
    private readonly datasets: DatasetsRepository,
    @Inject(OBJECT_STORE) private readonly store: ObjectStore,
    private readonly changes: Changes,
    @Inject(CONFIG) private readonly config: RegistryConfig,
  ) {}

  /** @throws AppError `name_taken` */
  async create(actor: Actor, { name, description }: z.infer<typeof createDatasetSchema>): Promise<Dataset> {
    return this.changes.commit(actor, async (tx) => {
      const dataset = await this.datasets.create(tx, { id: newId('dataset'), name, description });
      if (!dataset) throw new AppError('name_taken', `A dataset named "${name}" exists`);
      return { result: dataset, audit: { action: 'dataset.create', resource: dataset.id, after: dataset } };
    });
  }

  /** @throws AppError `dataset_not_found` */
  async get(reference: string): Promise<Dataset> {
    const dataset = await this.datasets.find(reference);
    if (!dataset) throw new AppError('dataset_not_found', `There is no dataset "${reference}"`);
    return dataset;
  }

  async list(query: PageQuery): Promise<Page<Dataset>> {
    return pageById(await this.datasets.list(query), query);
  }

  /** @throws AppError `dataset_not_found` */
  async listVersions(reference: string, query: PageQuery): Promise<Page<DatasetVersion>> {
    const { id } = await this.get(reference);
    return toPage(await this.datasets.listVersions(id, query), query, ({ version }) => String(version));
  }

  /**
   * Takes a zip as a new version. It appears when the whole archive has arrived and been looked through: ready, or
   * invalid with the findings. An upload that breaks off leaves nothing, and an invalid archive is not stored.
   *
   * @throws AppError `dataset_not_found`, `body_too_large`, `malformed_body`
   */
  async upload(actor: Actor, reference: string, archive: Readable): Promise<DatasetVersion> {
    const { id } = await this.get(reference);
    const spool = { folder: this.config.KERNELCAST_UPLOAD_DIR, limitBytes: DATASET_LIMITS.archiveBytes };
    return withSpooledFile(archive, spool, async (file) => {
      const report = await validateArchive(file.path);
      const ready = report.findings.length === 0;
      if (ready) await putBlobStream(this.store, createReadStream(file.path), { limitBytes: file.size });
      return this.addVersion(withFingerprint(actor, `${id} ${file.digest}`), id, file, report);
    });
  }

  private addVersion(actor: Actor, datasetId: string, file: SpooledFile, report: ArchiveReport) {
    const { classes, images, findings } = report;
    const ready = findings.length === 0;
    const labels = classes.map(({ label }) => label);
    const state = ready ? ('ready' as const) : ('invalid' as const);
    const content = { digest: ready ? file.digest : null, size: file.size, labels, classes, images, findings };
    return this.changes.commit(actor, async (tx) => {
      const result = await this.datasets.addVersion(tx, { datasetId, state, ...content });
      const after = { datasetId, version: result.version, state, digest: content.digest, images };
      return { result, audit: { action: 'dataset_version.create', resource: result.id, after } };
    });
  }
}
