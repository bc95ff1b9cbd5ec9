import {
  evaluationSchema,
  flattenedJwsSchema,
  manifestSlotSchema,
  methodSchema,
  type Digest,
  type FlattenedJws,
  type Modulator,
  type ModulatorVersion,
  type ListModulatorsQuery,
  type ListModulatorVersionsQuery,
  type Page,
  type SearchModulatorVersionsQuery,
  type VersionState,
} from '@kernelcast/contracts';
import { Database, Prisma, type Tx } from '@kernelcast/database';
import { Injectable } from '@nestjs/common';
import { toApproval } from '../approvals/approval-request.mapper.js';
import { createdWithin, oneOf, readPage, type PageRequest } from '../paging/keyset.js';
import { MAX_VERSION } from '../paging/paging.js';
import { ownedBy, referredIds } from '../paging/references.js';
import { ALL_VERSIONS, MODULATORS, VERSIONS } from './modulator-listings.js';
import { STATED } from './version-transitions.js';
import type { Owned } from '../projects/project-access.js';

export interface OwnedVersion extends Owned {
  readonly id: string;
}

export interface StateChange {
  readonly from: VersionState;
  readonly state: VersionState;
  readonly decidedBy: string;
  readonly comment: string;
  /** None leaves it as it is. */
  readonly statement: FlattenedJws | undefined;
}

const listed = {
  task: { select: { name: true } },
  versions: { orderBy: { version: 'desc' }, take: 1, select: { version: true } },
} as const;

const related = {
  approvals: { where: { withdrawnAt: null }, orderBy: { id: 'asc' } },
  modulator: {
    select: {
      taskId: true,
      baseNetworkId: true,
      task: { select: { name: true } },
      baseNetwork: { select: { digest: true, parameters: true } },
    },
  },
} as const;
type Row = Prisma.ModulatorVersionGetPayload<{ include: typeof related }>;

/** A version's own id, or its number within a modulator. */
export type VersionReference = { id: string } | { modulatorId: string; version: number };

@Injectable()
export class ModulatorsRepository {
  constructor(private readonly db: Database) {}

  async list(projectId: string, query: ListModulatorsQuery): Promise<Page<Modulator>> {
    const request = {
      query,
      scope: [projectId],
      where: [ownedBy(projectId), ...createdWithin(query, Prisma.sql`created_at`)],
      oneOf: [
        oneOf(Prisma.sql`task_id`, await referredIds(this.db.prisma, { projectId, table: 'tasks' }, query.task)),
        oneOf(
          Prisma.sql`base_network_id`,
          await referredIds(this.db.prisma, { projectId, table: 'base_networks' }, query.baseNetwork),
        ),
      ],
    };
    return readPage(this.db.prisma, MODULATORS, request, (ids) => this.read(ids));
  }

  private async read(ids: string[]): Promise<Modulator[]> {
    const rows = await this.db.prisma.modulator.findMany({
      where: { id: { in: ids } },
      include: listed,
    });
    return rows.map(toModulator);
  }

  async find(projectId: string, id: string): Promise<Modulator | null> {
    const row = await this.db.prisma.modulator.findFirst({ where: { projectId, id }, include: listed });
    return row && toModulator(row);
  }

  async exists(projectId: string, id: string): Promise<boolean> {
    return (await this.db.prisma.modulator.count({ where: { projectId, id } })) === 1;
  }

  listVersions(modulatorId: string, query: ListModulatorVersionsQuery): Promise<Page<ModulatorVersion>> {
    const modulator = [Prisma.sql`modulator_id = ${modulatorId}`];
    return readPage(
      this.db.prisma,
      VERSIONS,
      { query, scope: [modulatorId], ...versionFilters(query, modulator) },
      (ids) => this.readVersions(ids),
    );
  }

  /** Versions of all modulators of a project. */
  async searchVersions(projectId: string, query: SearchModulatorVersionsQuery): Promise<Page<ModulatorVersion>> {
    const filters = versionFilters(query, [ownedBy(projectId)]);
    const modulators = oneOf(Prisma.sql`modulator_id`, await this.modulatorsOf(projectId, query));
    const request = { query, scope: [projectId], where: filters.where, oneOf: [modulators, ...filters.oneOf] };
    return readPage(this.db.prisma, ALL_VERSIONS, request, (ids) => this.readVersions(ids));
  }

  /** Ids of the modulators for a task or a base network; of both there is one at most. */
  private async modulatorsOf(
    projectId: string,
    { task, baseNetwork }: SearchModulatorVersionsQuery,
  ): Promise<string[] | undefined> {
    if (task === undefined && baseNetwork === undefined) return undefined;
    const [tasks, bases] = [
      await referredIds(this.db.prisma, { projectId, table: 'tasks' }, task),
      await referredIds(this.db.prisma, { projectId, table: 'base_networks' }, baseNetwork),
    ];
    const where = {
      projectId,
      ...(tasks && { taskId: { in: tasks } }),
      ...(bases && { baseNetworkId: { in: bases } }),
    };
    return (await this.db.prisma.modulator.findMany({ where, select: { id: true } })).map(({ id }) => id);
  }

  private async readVersions(ids: string[]): Promise<ModulatorVersion[]> {
    const where = { id: { in: ids } };
    return (await this.db.prisma.modulatorVersion.findMany({ where, include: related })).map(toVersion);
  }

  async findVersion(
    projectId: string,
    reference: VersionReference,
    tx: Tx = this.db.prisma,
  ): Promise<ModulatorVersion | null> {
    if ('version' in reference && reference.version > MAX_VERSION) return null;
    const row = await tx.modulatorVersion.findFirst({ where: { projectId, ...reference }, include: related });
    return row && toVersion(row);
  }

  /** @returns null when the version is no longer in the state it was seen in. */
  async decide(
    tx: Tx,
    { projectId, id }: OwnedVersion,
    { from, ...data }: StateChange,
  ): Promise<ModulatorVersion | null> {
    const { count } = await tx.modulatorVersion.updateMany({
      where: { projectId, id, state: from },
      data: { ...data, decidedAt: new Date() },
    });
    return count === 1 ? this.findVersion(projectId, { id }, tx) : null;
  }
}

const toModulator = ({
  task: { name },
  versions,
  createdAt,
  projectId: _project,
  ...row
}: Prisma.ModulatorGetPayload<{ include: typeof listed }>): Modulator => ({
  ...row,
  taskName: name,
  latestVersion: versions[0]?.version ?? 0,
  createdAt: createdAt.toISOString(),
});

const versionFilters = (
  query: ListModulatorVersionsQuery | SearchModulatorVersionsQuery,
  where: Prisma.Sql[],
): Required<Pick<PageRequest<never>, 'where' | 'oneOf'>> => ({
  where: [...where, ...createdWithin(query, Prisma.sql`created_at`)],
  oneOf: [oneOf(Prisma.sql`state`, query.state, Prisma.sql`"VersionState"`), oneOf(Prisma.sql`method`, query.method)],
});

const toVersion = ({
  modulator,
  projectId: _project,
  decidedBy,
  decidedAt,
  comment,
  predictionsDigest: _digest,
  predictionsSize: _size,
  layerChanges: _changes,
  trainerVersion: _trainer,
  settled: _settled,
  ...row
}: Row): ModulatorVersion => ({
  ...row,
  taskId: modulator.taskId,
  taskName: modulator.task.name,
  digest: row.digest as Digest,
  method: methodSchema.parse(row.method),
  encoding: manifestSlotSchema.shape.encoding.parse(row.encoding),
  paramsRatio: row.parameters / modulator.baseNetwork.parameters,
  metrics: evaluationSchema.parse(row.metrics),
  baseNetworkId: modulator.baseNetworkId,
  baseDigest: modulator.baseNetwork.digest as Digest,
  decision: decidedBy && decidedAt ? { by: decidedBy, at: decidedAt.toISOString(), comment: comment ?? '' } : null,
  // Kept for the record once it is revoked, but not handed out.
  statement: STATED.includes(row.state) ? flattenedJwsSchema.nullable().parse(row.statement) : null,
  approvals: row.approvals.map(toApproval),
  createdAt: row.createdAt.toISOString(),
});
