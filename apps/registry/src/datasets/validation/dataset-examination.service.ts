import { createReadStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import path from 'node:path';
import type { DatasetFinding, Digest } from '@kernelcast/contracts';
import { OBJECT_STORE, putBlob, putBlobStream, type ObjectStore } from '@kernelcast/storage';
import { Inject, Injectable } from '@nestjs/common';
import { CONFIG, type RegistryConfig } from '../../config/registry.config.js';
import { DATASET_LIMITS } from '../dataset-limits.js';
import { DatasetsRepository, type ValidatedVersion } from '../datasets.repository.js';
import { UploadParts } from '../uploads/upload-parts.service.js';
import { examineArchive, type ArchiveReport } from './examine-archive.js';
import { fault } from './findings.js';
import type { ValidationTask } from './validation-queue.repository.js';

/** An archive with which registries die this often is not tried again. */
const MAX_ATTEMPTS = 3;

/** The bytes are a version of the dataset already: there is nothing to examine. */
export interface KnownBytes {
  readonly sourceDigest: Digest;
  readonly known: true;
}

/** Puts an upload together, examines it, and keeps what is good. */
@Injectable()
export class DatasetExamination {
  constructor(
    private readonly parts: UploadParts,
    private readonly datasets: DatasetsRepository,
    @Inject(OBJECT_STORE) private readonly store: ObjectStore,
    @Inject(CONFIG) private readonly config: RegistryConfig,
  ) {}

  /** @throws whatever keeps the work from being done now: a store that is away, the signal's reason */
  async examine(task: ValidationTask, signal: AbortSignal): Promise<ValidatedVersion | KnownBytes> {
    if (task.attempts > MAX_ATTEMPTS)
      return invalid(task, null, [fault('validation_failed', '', `broke off ${MAX_ATTEMPTS} times`)]);
    const folder = await mkdtemp(path.join(this.config.KERNELCAST_UPLOAD_DIR, 'kernelcast-upload-'));
    try {
      return await this.examineIn(folder, task, signal);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }

  private async examineIn(
    folder: string,
    task: ValidationTask,
    signal: AbortSignal,
  ): Promise<ValidatedVersion | KnownBytes> {
    const file = path.join(folder, 'upload.zip');
    const { digest, size } = await this.parts.assemble(task.uploadId, file, signal);
    if (size !== task.size) throw new Error(`${size} of ${task.size} bytes of ${task.uploadId} are in the store`);
    if (task.digest !== null && task.digest !== digest)
      return invalid(task, digest, [fault('digest_mismatch', '', `the bytes that arrived have the digest ${digest}`)]);
    if (await this.datasets.findReady(task.datasetId, digest)) return { sourceDigest: digest, known: true };
    const report = await examineArchive(file, { folder, signal });
    return report.ready ? this.keep(report, digest) : { ...invalid(task, digest, report.findings), ...shown(report) };
  }

  private async keep(report: ArchiveReport, sourceDigest: Digest): Promise<ValidatedVersion> {
    const limitBytes = 2 * DATASET_LIMITS.archiveBytes;
    const { digest, size } = await putBlobStream(this.store, createReadStream(report.archive), { limitBytes });
    const previewDigest = await putBlob(this.store, new TextEncoder().encode(JSON.stringify(report.preview)));
    return { state: 'ready', digest, sourceDigest, size, previewDigest, ...shown(report) };
  }
}

const shown = ({ classes, images, findings, stats }: ArchiveReport) => ({
  labels: classes.map(({ label }) => label),
  classes,
  images,
  findings,
  stats,
});

const invalid = (
  { size }: ValidationTask,
  sourceDigest: Digest | null,
  findings: DatasetFinding[],
): ValidatedVersion => ({
  state: 'invalid',
  digest: null,
  sourceDigest,
  size,
  labels: [],
  classes: [],
  images: 0,
  findings,
  stats: null,
  previewDigest: null,
});
