import {
  classCountSchema,
  datasetFindingSchema,
  datasetStatsSchema,
  type Dataset,
  type DatasetStats,
  type DatasetVersion,
  type Digest,
  type ListDatasetsQuery,
  type ListDatasetVersionsQuery,
  type Page,
} from '@kernelcast/contracts';
import { Database, isUniqueViolation, newId, Prisma, type Tx } from '@kernelcast/database';
import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { createdWithin, nameHolds, oneOf, readPage, type Listing } from '../paging/keyset.js';
import { ownedBy } from '../paging/references.js';
import { idOrName, MAX_VERSION } from '../paging/paging.js';
import type { Owned } from '../projects/project-access.js';

/** What validation found out about a version. */
export interface ValidatedVersion extends Pick<
  DatasetVersion,
  'digest' | 'sourceDigest' | 'size' | 'labels' | 'classes' | 'images' | 'findings'
> {
  readonly state: 'ready' | 'invalid';
  readonly stats: DatasetStats | null;
  /** Of the blob that holds the thumbnails. */
  readonly previewDigest: Digest | null;
}
/** What is shown of a version besides itself. */
export interface VersionDetails {
  readonly version: DatasetVersion;
  readonly stats: DatasetStats | null;
  readonly previewDigest: Digest | null;
}

const latest = { versions: { orderBy: { version: 'desc' }, take: 1, select: { version: true } } } as const;
type DatasetRow = Prisma.DatasetGetPayload<{ include: typeof latest }>;
type VersionRow = Prisma.DatasetVersionGetPayload<object>;

const classesSchema = z.array(classCountSchema);
const findingsSchema = z.array(datasetFindingSchema);

const LISTING: Listing<'createdAt' | 'name'> = {
  name: 'datasets',
  from: Prisma.sql`datasets`,
  id: Prisma.sql`id`,
  sorts: {
    createdAt: { column: Prisma.sql`created_at`, type: 'time' },
    name: { column: Prisma.sql`name`, type: 'text' },
  },
};

const VERSIONS: Listing<'version'> = {
  name: 'dataset_versions',
  from: Prisma.sql`dataset_versions`,
  id: Prisma.sql`id`,
  sorts: { version: { column: Prisma.sql`version`, type: 'integer' } },
};

@Injectable()
export class DatasetsRepository {
  constructor(private readonly db: Database) {}

  /** @returns null when the name is taken. */
  async create(tx: Tx, data: Pick<Dataset, 'id' | 'name' | 'description'> & Owned): Promise<Dataset | null> {
    try {
      return toDataset(await tx.dataset.create({ data, include: latest }));
    } catch (error) {
      if (isUniqueViolation(error, 'name')) return null;
      throw error;
    }
  }

  async find(projectId: string, reference: string): Promise<Dataset | null> {
    const where = { projectId, ...idOrName(reference) };
    const row = await this.db.prisma.dataset.findFirst({ where, include: latest });
    return row && toDataset(row);
  }

  list(projectId: string, query: ListDatasetsQuery): Promise<Page<Dataset>> {
    const where = [
      ownedBy(projectId),
      ...nameHolds(query.search, Prisma.sql`name`),
      ...createdWithin(query, Prisma.sql`created_at`),
    ];
    return readPage(this.db.prisma, LISTING, { query, scope: [projectId], where }, async (ids) =>
      (await this.db.prisma.dataset.findMany({ where: { id: { in: ids } }, include: latest })).map(toDataset),
    );
  }

  /** Holds the dataset's row until the transaction ends: what depends on all its versions happens one by one. */
  async lock(tx: Tx, datasetId: string): Promise<void> {
    await tx.$queryRaw`SELECT 1 FROM datasets WHERE id = ${datasetId} FOR UPDATE`;
  }

  /** Adds the next version, with nothing known of it yet. */
  async addVersion(tx: Tx, datasetId: string, state: 'uploading' | 'validating'): Promise<DatasetVersion> {
    await this.lock(tx, datasetId);
    const { projectId } = await tx.dataset.findUniqueOrThrow({ where: { id: datasetId }, select: { projectId: true } });
    const { _max } = await tx.datasetVersion.aggregate({ where: { datasetId }, _max: { version: true } });
    const version = (_max.version ?? 0) + 1;
    const data = { id: newId('datasetVersion'), projectId, datasetId, version, state, labels: [] };
    return toVersion(await tx.datasetVersion.create({ data }));
  }

  async startValidation(tx: Tx, versionId: string): Promise<void> {
    await tx.datasetVersion.updateMany({
      where: { id: versionId, state: 'uploading' },
      data: { state: 'validating' },
    });
  }

  async settleVersion(tx: Tx, versionId: string, { stats, ...found }: ValidatedVersion): Promise<DatasetVersion> {
    const data = { ...found, ...(stats && { stats }) };
    return toVersion(await tx.datasetVersion.update({ where: { id: versionId }, data }));
  }

  async deleteVersion(tx: Tx, versionId: string): Promise<void> {
    await tx.datasetVersion.deleteMany({ where: { id: versionId, state: { in: ['uploading', 'validating'] } } });
  }

  /** The version that was made of the same bytes before. */
  async findReady(datasetId: string, sourceDigest: Digest, tx: Tx = this.db.prisma): Promise<DatasetVersion | null> {
    const where = { datasetId, sourceDigest, state: 'ready' as const };
    const row = await tx.datasetVersion.findFirst({ where, orderBy: { version: 'asc' } });
    return row && toVersion(row);
  }

  async findNumber(datasetId: string, version: number): Promise<VersionDetails | null> {
    if (version > MAX_VERSION) return null;
    const where = { datasetId_version: { datasetId, version } };
    const row = await this.db.prisma.datasetVersion.findUnique({ where });
    if (!row) return null;
    const stats = datasetStatsSchema.nullable().parse(row.stats);
    return { version: toVersion(row), stats, previewDigest: row.previewDigest as Digest | null };
  }

  async findVersion(projectId: string, id: string, tx: Tx = this.db.prisma): Promise<DatasetVersion | null> {
    const row = await tx.datasetVersion.findFirst({ where: { projectId, id } });
    return row && toVersion(row);
  }

  listVersions(datasetId: string, query: ListDatasetVersionsQuery): Promise<Page<DatasetVersion>> {
    const request = {
      query,
      scope: [datasetId],
      where: [Prisma.sql`dataset_id = ${datasetId}`],
      oneOf: [oneOf(Prisma.sql`state`, query.state, Prisma.sql`"DatasetState"`)],
    };
    return readPage(this.db.prisma, VERSIONS, request, async (ids) =>
      (await this.db.prisma.datasetVersion.findMany({ where: { id: { in: ids } } })).map(toVersion),
    );
  }
}

const toDataset = ({ versions, createdAt, projectId: _projectId, ...row }: DatasetRow): Dataset => ({
  ...row,
  latestVersion: versions[0]?.version ?? null,
  createdAt: createdAt.toISOString(),
});

const toVersion = ({
  stats: _stats,
  previewDigest: _preview,
  projectId: _project,
  ...row
}: VersionRow): DatasetVersion => ({
  ...row,
  digest: row.digest as Digest | null,
  sourceDigest: row.sourceDigest as Digest | null,
  size: row.size === null ? null : Number(row.size),
  classes: classesSchema.parse(row.classes),
  findings: findingsSchema.parse(row.findings),
  createdAt: row.createdAt.toISOString(),
});
