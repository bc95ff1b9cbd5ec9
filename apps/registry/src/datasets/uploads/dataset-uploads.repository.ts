import type { DatasetUpload, Digest } from '@kernelcast/contracts';
import { Database, newId, type Prisma, type Tx } from '@kernelcast/database';
import { Injectable } from '@nestjs/common';
import { UPLOAD_LIMITS } from './upload-limits.js';

/** An upload with what only the registry needs to know of it. */
export interface UploadRecord extends DatasetUpload {
  readonly versionId: string | null;
  readonly parts: number;
}

export interface NewUpload {
  readonly datasetId: string;
  readonly versionId?: string;
  readonly actorId: string;
  readonly size?: number;
  readonly fingerprint?: string;
}

export interface UploadPart {
  readonly start: number;
  readonly size: number;
  readonly key: string;
}

const related = { version: { select: { version: true } }, _count: { select: { parts: true } } } as const;
type UploadRow = Prisma.DatasetUploadGetPayload<{ include: typeof related }>;

const nextExpiry = (): Date => new Date(Date.now() + UPLOAD_LIMITS.lifetimeMs);

@Injectable()
export class DatasetUploadsRepository {
  constructor(private readonly db: Database) {}

  async create(tx: Tx, upload: NewUpload): Promise<UploadRecord> {
    const data = { id: newId('datasetUpload'), ...upload, expiresAt: nextExpiry() };
    return toRecord(await tx.datasetUpload.create({ data, include: related }));
  }

  async find(id: string, tx: Tx = this.db.prisma): Promise<UploadRecord | null> {
    const row = await tx.datasetUpload.findUnique({ where: { id }, include: related });
    return row && toRecord(row);
  }

  async findIn(projectId: string, id: string): Promise<UploadRecord | null> {
    const where = { id, dataset: { projectId } };
    const row = await this.db.prisma.datasetUpload.findFirst({ where, include: related });
    return row && toRecord(row);
  }

  /** The newest unfinished upload that a client may continue. */
  async findUnfinished(tx: Tx, { datasetId, actorId, size, fingerprint }: NewUpload): Promise<UploadRecord | null> {
    const where = { datasetId, actorId, size, fingerprint, state: 'uploading' as const };
    const row = await tx.datasetUpload.findFirst({ where, orderBy: { id: 'desc' }, include: related });
    return row && toRecord(row);
  }

  async countUnfinished(tx: Tx, datasetId: string): Promise<number> {
    return tx.datasetUpload.count({ where: { datasetId, state: 'uploading' } });
  }

  /**
   * Adds a part at the upload's end.
   * @returns false when the upload does not end there any more, or takes no more parts: another request was faster
   */
  async addPart(uploadId: string, { start, size, key }: UploadPart): Promise<boolean> {
    return this.db.transaction(async (tx) => {
      const { count } = await tx.datasetUpload.updateMany({
        where: { id: uploadId, state: 'uploading', offset: start },
        data: { offset: start + size, expiresAt: nextExpiry() },
      });
      if (count === 1) await tx.datasetUploadPart.create({ data: { uploadId, start, size, key } });
      return count === 1;
    });
  }

  /** In their order. */
  async listParts(uploadId: string): Promise<UploadPart[]> {
    const rows = await this.db.prisma.datasetUploadPart.findMany({ where: { uploadId }, orderBy: { start: 'asc' } });
    return rows.map(({ start, size, key }) => ({ start: Number(start), size, key }));
  }

  /** @returns false when the upload is not at its end or not `uploading` any more. */
  async complete(
    tx: Tx,
    { id, offset }: UploadRecord,
    more: { versionId?: string; digest?: Digest },
  ): Promise<boolean> {
    const { count } = await tx.datasetUpload.updateMany({
      where: { id, state: 'uploading', offset },
      data: { state: 'validating', size: offset, ...more },
    });
    return count === 1;
  }

  /** Forgets the parts; their objects must be gone. */
  async deleteParts(uploadId: string): Promise<void> {
    await this.db.prisma.datasetUploadPart.deleteMany({ where: { uploadId } });
  }

  /** Uploads whose time is over, unfinished ones and the records of those that were validated. */
  async listExpired(): Promise<{ id: string; projectId: string }[]> {
    const where = { state: { not: 'validating' as const }, expiresAt: { lt: new Date() } };
    const select = { id: true, dataset: { select: { projectId: true } } };
    const rows = await this.db.prisma.datasetUpload.findMany({ where, select });
    return rows.map(({ id, dataset }) => ({ id, projectId: dataset.projectId }));
  }

  /** Uploads that are done but for the removal of their parts. */
  async listLeftovers(): Promise<string[]> {
    const where = { state: 'done' as const, parts: { some: {} } };
    return (await this.db.prisma.datasetUpload.findMany({ where, select: { id: true } })).map(({ id }) => id);
  }

  /**
   * Ends an unfinished upload, and removes the version that it was to fill. Its parts stay listed, to be removed.
   * @returns false when it is not `uploading`
   */
  async giveUp(tx: Tx, id: string): Promise<boolean> {
    const upload = await tx.datasetUpload.findUnique({ where: { id } });
    const { count } = await tx.datasetUpload.updateMany({
      where: { id, state: 'uploading' },
      data: { state: 'done', versionId: null, expiresAt: new Date() },
    });
    if (count === 1 && upload?.versionId) {
      await tx.datasetVersion.deleteMany({ where: { id: upload.versionId, state: 'uploading' } });
    }
    return count === 1;
  }

  async delete(id: string): Promise<void> {
    await this.db.prisma.datasetUpload.deleteMany({ where: { id, state: 'done' } });
  }
}

const toRecord = (row: UploadRow): UploadRecord => ({
  id: row.id,
  datasetId: row.datasetId,
  state: row.state,
  size: row.size === null ? null : Number(row.size),
  offset: Number(row.offset),
  version: row.version?.version ?? null,
  duplicate: row.duplicate,
  createdAt: row.createdAt.toISOString(),
  expiresAt: row.expiresAt.toISOString(),
  versionId: row.versionId,
  parts: row._count.parts,
});

/** What clients may see of an upload. */
export const toUpload = ({ versionId: _versionId, parts: _parts, ...upload }: UploadRecord): DatasetUpload => upload;
