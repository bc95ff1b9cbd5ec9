import {
  ALIAS_REFERENCE,
  aliasChangeSchema,
  type AliasChange,
  type PageQuery,
  type TaskAlias,
} from '@kernelcast/contracts';
import { Database, type Prisma, type Tx } from '@kernelcast/database';
import { Injectable } from '@nestjs/common';
import { idOrName, MAX_VERSION, takeOneMore } from '../paging/paging.js';

/** An alias with the revision of the set that gave its present version. */
export interface StoredAlias {
  readonly shown: TaskAlias;
  readonly setRevision: number;
}

/** What an alias named before, and in which state that is now. */
interface EarlierVersion {
  readonly setRevision: number;
  readonly modulatorVersionId: string;
  readonly state: string;
}

export interface AliasMove {
  readonly taskId: string;
  readonly name: string;
  readonly before: StoredAlias | null;
  readonly action: AliasChange['action'];
  readonly modulatorVersionId: string;
  /** Revision that a rollback returns to. */
  readonly backTo?: number;
  readonly actor: { readonly id: string; readonly name: string };
  readonly reason: string;
}

const related = {
  task: { select: { name: true } },
  modulatorVersion: { select: { modulatorId: true, version: true, state: true } },
} as const;

@Injectable()
export class AliasesRepository {
  constructor(private readonly db: Database) {}

  /** Lets nobody else move an alias of the task until the transaction ends. */
  async lockTask(tx: Tx, taskId: string): Promise<void> {
    await tx.$queryRaw`SELECT 1 FROM tasks WHERE id = ${taskId} FOR NO KEY UPDATE`;
  }

  async find(taskId: string, name: string, tx: Tx = this.db.prisma): Promise<StoredAlias | null> {
    const row = await tx.taskAlias.findUnique({ where: { taskId_name: { taskId, name } }, include: related });
    return row && toStored(row);
  }

  async list(taskId: string): Promise<TaskAlias[]> {
    const rows = await this.db.prisma.taskAlias.findMany({
      where: { taskId },
      orderBy: { name: 'asc' },
      include: related,
    });
    return rows.map((row) => toStored(row).shown);
  }

  /** Newest first; the cursor is a change's revision. */
  async listChanges(taskId: string, name: string, page: PageQuery): Promise<AliasChange[]> {
    const rows = await this.db.prisma.taskAliasChange.findMany({
      where: { taskId, name, ...beforeRevision(page) },
      orderBy: { revision: 'desc' },
      take: takeOneMore(page),
    });
    return rows.map(toChange);
  }

  /** The version that `task@alias` names now; the task is named by its id or by its name. */
  async resolve(projectId: string, reference: string, tx: Tx = this.db.prisma): Promise<string | null> {
    const [, task, name] = ALIAS_REFERENCE.exec(reference) ?? [];
    if (task === undefined || name === undefined) return null;
    const row = await tx.taskAlias.findFirst({
      where: { name, task: { projectId, ...idOrName(task) } },
      select: { modulatorVersionId: true },
    });
    return row?.modulatorVersionId ?? null;
  }

  /** What the alias was set to before the set that counts now, the latest first. */
  async listEarlier(tx: Tx, { shown, setRevision }: StoredAlias): Promise<EarlierVersion[]> {
    const { taskId, name } = shown;
    return tx.$queryRaw<EarlierVersion[]>`
      WITH RECURSIVE earlier AS (
        SELECT revision, back_to, to_version_id FROM task_alias_changes
        WHERE task_id = ${taskId} AND name = ${name} AND revision = ${setRevision}
        UNION ALL
        SELECT change.revision, change.back_to, change.to_version_id FROM earlier
        JOIN task_alias_changes change
          ON change.task_id = ${taskId} AND change.name = ${name} AND change.revision = earlier.back_to
      )
      SELECT earlier.revision AS "setRevision", earlier.to_version_id AS "modulatorVersionId", version.state::text AS state
      FROM earlier JOIN modulator_versions version ON version.id = earlier.to_version_id
      WHERE earlier.revision < ${setRevision}
      ORDER BY earlier.revision DESC`;
  }

  /** Moves an alias and writes it down. The task must have been locked before. */
  async move(tx: Tx, { taskId, name, before, action, ...to }: AliasMove): Promise<TaskAlias> {
    const { modulatorVersionId, actor, reason } = to;
    const revision = (before?.shown.revision ?? 0) + 1;
    const setRevision = to.backTo ?? revision;
    const data = { modulatorVersionId, revision, setRevision, updatedBy: actor.id, updatedAt: new Date() };
    const row = await tx.taskAlias.upsert({
      where: { taskId_name: { taskId, name } },
      create: { taskId, name, ...data },
      update: data,
      include: related,
    });
    const change = { taskId, name, revision, action, actor: actor.id, actorName: actor.name, reason };
    const fromVersionId = before?.shown.modulatorVersionId ?? null;
    const backTo = to.backTo ?? before?.setRevision ?? null;
    await tx.taskAliasChange.create({ data: { ...change, fromVersionId, toVersionId: modulatorVersionId, backTo } });
    return toStored(row).shown;
  }
}

/** Condition for the changes before a cursor, which is a change's revision. */
const beforeRevision = ({ after }: PageQuery): { revision?: { lt: number } } => {
  const number = Number(after);
  return Number.isSafeInteger(number) && number <= MAX_VERSION ? { revision: { lt: number } } : {};
};

const toStored = ({
  task,
  modulatorVersion: { modulatorId, version, state },
  setRevision,
  createdAt,
  updatedAt,
  ...row
}: Prisma.TaskAliasGetPayload<{ include: typeof related }>): StoredAlias => ({
  setRevision,
  shown: {
    taskId: row.taskId,
    taskName: task.name,
    name: row.name,
    modulatorVersionId: row.modulatorVersionId,
    modulatorId,
    version,
    versionState: state,
    revision: row.revision,
    updatedBy: row.updatedBy,
    createdAt: createdAt.toISOString(),
    updatedAt: updatedAt.toISOString(),
  },
});

const toChange = (row: Prisma.TaskAliasChangeGetPayload<object>): AliasChange => ({
  revision: row.revision,
  action: aliasChangeSchema.shape.action.parse(row.action),
  from: row.fromVersionId,
  to: row.toVersionId,
  backTo: row.backTo,
  by: row.actor,
  byName: row.actorName,
  reason: row.reason,
  at: row.createdAt.toISOString(),
});
