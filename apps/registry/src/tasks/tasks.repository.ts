import type { ListTasksQuery, Page, Task } from '@kernelcast/contracts';
import { Database, isUniqueViolation, Prisma, type Tx } from '@kernelcast/database';
import { Injectable } from '@nestjs/common';
import { createdWithin, nameHolds, readPage, type Listing } from '../paging/keyset.js';
import { ownedBy } from '../paging/references.js';
import { idOrName } from '../paging/paging.js';
import type { Owned } from '../projects/project-access.js';

type NewTask = Pick<Task, 'id' | 'name' | 'title' | 'labels'> & Owned;

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

const toTask = ({ id, name, title, labels, createdAt }: NewTask & { createdAt: Date }): Task => ({
  id,
  name,
  title,
  labels,
  primaryMetric: 'top1',
  createdAt: createdAt.toISOString(),
});
