import {
  evaluationSchema,
  flattenedJwsSchema,
  manifestSlotSchema,
  methodSchema,
  type Digest,
  type FlattenedJws,
  type Modulator,
  type ModulatorVersion,
  type PageQuery,
  type VersionState,
} from '@kernelcast/contracts';
import { Database, type Prisma, type Tx } from '@kernelcast/database';
import { Injectable } from '@nestjs/common';
import { STATED } from './version-transitions.js';
import { afterCursor, beforeVersion, MAX_VERSION, newestFirst, takeOneMore } from '../paging/paging.js';

export interface ModulatorsFilter extends PageQuery {
  /** Id or name of a task. */
  readonly task?: string;
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

  async list({ task, ...page }: ModulatorsFilter): Promise<Modulator[]> {
    const rows = await this.db.prisma.modulator.findMany({
      where: { ...afterCursor(page), ...(task === undefined ? {} : { task: { OR: [{ id: task }, { name: task }] } }) },
      ...newestFirst(page),
      include: listed,
    });
    return rows.map(toModulator);
  }

  async find(id: string): Promise<Modulator | null> {
    const row = await this.db.prisma.modulator.findUnique({ where: { id }, include: listed });
    return row && toModulator(row);
  }

  async exists(id: string): Promise<boolean> {
    return (await this.db.prisma.modulator.count({ where: { id } })) === 1;
  }

  /** Newest first; the cursor is a version's number. */
  async listVersions(modulatorId: string, page: PageQuery): Promise<ModulatorVersion[]> {
    const rows = await this.db.prisma.modulatorVersion.findMany({
      where: { modulatorId, ...beforeVersion(page) },
      orderBy: { version: 'desc' },
      take: takeOneMore(page),
      include: related,
    });
    return rows.map(toVersion);
  }

  async findVersion(reference: VersionReference, tx: Tx = this.db.prisma): Promise<ModulatorVersion | null> {
    if ('version' in reference && reference.version > MAX_VERSION) return null;
    const row = await tx.modulatorVersion.findFirst({ where: reference, include: related });
    return row && toVersion(row);
  }

  /** @returns null when the version is no longer in the state it was seen in. */
  async decide(tx: Tx, id: string, { from, ...data }: StateChange): Promise<ModulatorVersion | null> {
    const { count } = await tx.modulatorVersion.updateMany({
      where: { id, state: from },
      data: { ...data, decidedAt: new Date() },
    });
    return count === 1 ? this.findVersion({ id }, tx) : null;
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
  createdAt: row.createdAt.toISOString(),
});
