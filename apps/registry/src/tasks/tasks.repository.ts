import { gatesSchema, type ListTasksQuery, type Page, type Task } from '@kernelcast/contracts';
import { Database, isUniqueViolation, Prisma, type Tx } from '@kernelcast/database';
import { Injectable } from '@nestjs/common';
import { createdWithin, nameHolds, readPage, type Listing } from '../paging/keyset.js';
import { ownedBy } from '../paging/references.js';
import { idOrName } from '../paging/paging.js';
import type { Owned } from '../projects/project-access.js';

type NewTask = Pick<Task, 'id' | 'name' | 'title' | 'labels' | 'gates' | 'requiredApprovals' | 'rolloutApproval'> &
  Owned;
/** What of a task may change. */
type TaskSettings = Pick<Task, 'title' | 'gates' | 'requiredApprovals' | 'rolloutApproval'>;

const LISTING: Listing<'createdAt' | 'name'> = {
  name: 'tasks',
  from: Prisma.sql`tasks`,
  id: Prisma.sql`id`,
  sorts: {
    createdAt: { column: Prisma.sql`created_at`, type: 'time' },
    name: { column: Prisma.sql`name`, type: 'text' },
  },
};

@Injectable()
export class TasksRepository {
  constructor(private readonly db: Database) {}

  /** @returns null when the name is taken. */
  async create(tx: Tx, data: NewTask): Promise<Task | null> {
    try {
      return toTask(await tx.task.create({ data }));
    } catch (error) {
      if (isUniqueViolation(error, 'name')) return null;
      throw error;
    }
  }

  async find(projectId: string, reference: string, tx: Tx = this.db.prisma): Promise<Task | null> {
    const row = await tx.task.findFirst({ where: { projectId, ...idOrName(reference) } });
    return row && toTask(row);
  }

  /** Reads a task as it is, and keeps it so until the transaction ends. */
  async lock(id: string, tx: Tx): Promise<Task> {
    await tx.$queryRaw`SELECT 1 FROM tasks WHERE id = ${id} FOR NO KEY UPDATE`;
    return toTask(await tx.task.findUniqueOrThrow({ where: { id } }));
  }

  async update(tx: Tx, id: string, settings: TaskSettings): Promise<Task> {
    return toTask(await tx.task.update({ where: { id }, data: { ...settings, revision: { increment: 1 } } }));
  }

  list(projectId: string, query: ListTasksQuery): Promise<Page<Task>> {
    const where = [
      ownedBy(projectId),
      ...nameHolds(query.search, Prisma.sql`name`),
      ...createdWithin(query, Prisma.sql`created_at`),
    ];
    return readPage(this.db.prisma, LISTING, { query, scope: [projectId], where }, async (ids) =>
      (await this.db.prisma.task.findMany({ where: { id: { in: ids } } })).map(toTask),
    );
  }
}

type Row = Omit<NewTask, 'gates'> & { gates: unknown; revision: number; createdAt: Date };
const toTask = ({ projectId: _project, createdAt, gates, ...row }: Row): Task => ({
  ...row,
  primaryMetric: 'top1',
  gates: gatesSchema.parse(gates),
  createdAt: createdAt.toISOString(),
});
