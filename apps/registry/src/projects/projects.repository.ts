import type { PageQuery, Project } from '@kernelcast/contracts';
import { Database, isUniqueViolation, type Tx } from '@kernelcast/database';
import { Injectable } from '@nestjs/common';
import { afterCursor, idOrName, newestFirst } from '../paging/paging.js';
import type { EnteredProject } from './project-access.js';

export interface ProjectChanges {
  readonly title?: string;
  readonly archivedAt?: Date | null;
}

@Injectable()
export class ProjectsRepository {
  constructor(private readonly db: Database) {}

  /** @returns null when the name is taken. */
  async create(tx: Tx, data: Pick<Project, 'id' | 'name' | 'title'>): Promise<Project | null> {
    try {
      return toProject(await tx.project.create({ data }));
    } catch (error) {
      if (isUniqueViolation(error, 'name')) return null;
      throw error;
    }
  }

  async find(reference: string, tx: Tx = this.db.prisma): Promise<Project | null> {
    const row = await tx.project.findFirst({ where: idOrName(reference) });
    return row && toProject(row);
  }

  async findEntered(reference: string): Promise<EnteredProject | null> {
    const select = { id: true, name: true, archivedAt: true };
    return this.db.prisma.project.findFirst({ where: idOrName(reference), select });
  }

  /** @param ids the projects to choose from; all when left out */
  async list(query: PageQuery, ids?: readonly string[]): Promise<Project[]> {
    const rows = await this.db.prisma.project.findMany({
      where: { AND: [afterCursor(query), ids ? { id: { in: [...ids] } } : {}] },
      ...newestFirst(query),
    });
    return rows.map(toProject);
  }

  async update(tx: Tx, id: string, data: ProjectChanges): Promise<Project> {
    return toProject(await tx.project.update({ where: { id }, data }));
  }
}

const toProject = ({
  archivedAt,
  createdAt,
  ...row
}: Pick<Project, 'id' | 'name' | 'title'> & { archivedAt: Date | null; createdAt: Date }): Project => ({
  ...row,
  archivedAt: archivedAt?.toISOString() ?? null,
  createdAt: createdAt.toISOString(),
});
