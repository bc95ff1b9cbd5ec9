import {
  classCountSchema,
  datasetFindingSchema,
  type Dataset,
  type DatasetVersion,
  type Digest,
  type PageQuery,
} from '@kernelcast/contracts';
import { Database, isUniqueViolation, newId, type Prisma, type Tx } from '@kernelcast/database';
import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { afterCursor, beforeVersion, idOrName, newestFirst, takeOneMore } from '../paging/paging.js';

export type NewDatasetVersion = Omit<DatasetVersion, 'id' | 'version' | 'createdAt'>;

const latest = { versions: { orderBy: { version: 'desc' }, take: 1, select: { version: true } } } as const;
type DatasetRow = Prisma.DatasetGetPayload<{ include: typeof latest }>;
type VersionRow = Prisma.DatasetVersionGetPayload<object>;

const classesSchema = z.array(classCountSchema);
const findingsSchema = z.array(datasetFindingSchema);

@Injectable()
export class DatasetsRepository {
  constructor(private readonly db: Database) {}

  /** @returns null when the name is taken. */
  async create(tx: Tx, data: Pick<Dataset, 'id' | 'name' | 'description'>): Promise<Dataset | null> {
    try {
      return toDataset(await tx.dataset.create({ data, include: latest }));
    } catch (error) {
      if (isUniqueViolation(error, 'name')) return null;
      throw error;
    }
  }

  async find(reference: string): Promise<Dataset | null> {
    const row = await this.db.prisma.dataset.findFirst({ where: idOrName(reference), include: latest });
    return row && toDataset(row);
  }

  async list(query: PageQuery): Promise<Dataset[]> {
    const rows = await this.db.prisma.dataset.findMany({
      where: afterCursor(query),
      ...newestFirst(query),
      include: latest,
    });
    return rows.map(toDataset);
  }

  /** Adds the next version. They are numbered without gaps: the dataset's row is locked until the transaction ends. */
  async addVersion(tx: Tx, version: NewDatasetVersion): Promise<DatasetVersion> {
    const { datasetId } = version;
    await tx.$queryRaw`SELECT 1 FROM datasets WHERE id = ${datasetId} FOR UPDATE`;
    const { _max } = await tx.datasetVersion.aggregate({ where: { datasetId }, _max: { version: true } });
    const number = (_max.version ?? 0) + 1;
    return toVersion(
      await tx.datasetVersion.create({ data: { ...version, id: newId('datasetVersion'), version: number } }),
    );
  }

  async findVersion(id: string, tx: Tx = this.db.prisma): Promise<DatasetVersion | null> {
    const row = await tx.datasetVersion.findUnique({ where: { id } });
    return row && toVersion(row);
  }

  /** Newest first; the cursor is a version's number. */
  async listVersions(datasetId: string, page: PageQuery): Promise<DatasetVersion[]> {
    const rows = await this.db.prisma.datasetVersion.findMany({
      where: { datasetId, ...beforeVersion(page) },
      orderBy: { version: 'desc' },
      take: takeOneMore(page),
    });
    return rows.map(toVersion);
  }
}

const toDataset = ({ versions, createdAt, ...row }: DatasetRow): Dataset => ({
  ...row,
  latestVersion: versions[0]?.version ?? null,
  createdAt: createdAt.toISOString(),
});

const toVersion = (row: VersionRow): DatasetVersion => ({
  ...row,
  digest: row.digest as Digest | null,
  size: row.size === null ? null : Number(row.size),
  classes: classesSchema.parse(row.classes),
  findings: findingsSchema.parse(row.findings),
  createdAt: row.createdAt.toISOString(),
});
