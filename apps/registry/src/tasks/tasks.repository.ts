import type { PageQuery, Task } from '@kernelcast/contracts';
import { Database, isUniqueViolation, type Tx } from '@kernelcast/database';
import { Injectable } from '@nestjs/common';
import type { Owned } from '../projects/project-access.js';
import { afterCursor, idOrName, newestFirst } from '../paging/paging.js';

type NewTask = Pick<Task, 'id' | 'name' | 'title' | 'labels'> & Owned;

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

  async find(reference: string, tx: Tx = this.db.prisma): Promise<Task | null> {
    const row = await tx.task.findFirst({ where: idOrName(reference) });
    return row && toTask(row);
  }

  async list(query: PageQuery): Promise<Task[]> {
    const rows = await this.db.prisma.task.findMany({ where: afterCursor(query), ...newestFirst(query) });
    return rows.map(toTask);
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
