import {
  DEFAULT_PROJECT_ID,
  type createProjectSchema,
  type Page,
  type PageQuery,
  type Project,
  type UpdateProject,
} from '@kernelcast/contracts';
import { newId } from '@kernelcast/database';
import { AppError } from '@kernelcast/platform';
import { Injectable } from '@nestjs/common';
import type { z } from 'zod';
import type { Actor } from '../changes/actor.js';
import { Changes } from '../changes/changes.service.js';
import { pageById } from '../paging/paging.js';
import { chooseMembership, projectNotFound, type Entered, type Identity } from './project-access.js';
import { ProjectsRepository } from './projects.repository.js';

@Injectable()
export class ProjectsService {
  constructor(
    private readonly projects: ProjectsRepository,
    private readonly changes: Changes,
  ) {}

  /**
   * Lets somebody act in the project that they name, or in their own; with `anyProject`, which is for operations that
   * are about no project, in the first of several.
   * @throws AppError `project_not_found`, also when there is such a project and they have no part in it
   */
  async enter(who: Identity, reference: string | undefined, { anyProject = false } = {}): Promise<Entered> {
    const fallback = anyProject && reference === undefined ? who.memberships[0] : undefined;
    const membership = chooseMembership(who.memberships, reference) ?? (await this.asAdmin(who, reference)) ?? fallback;
    if (!membership) {
      if (reference !== undefined) throw projectNotFound(reference);
      throw new AppError('project_not_found', 'Name the project to act in with the header Kernelcast-Project');
    }
    const { project, role } = membership;
    const { id, name, installationAdmin } = who;
    return { principal: { id, name, projectId: project.id, role, installationAdmin }, project };
  }

  /** @throws AppError `name_taken` */
  async create(actor: Actor, { name, title }: z.infer<typeof createProjectSchema>): Promise<Project> {
    return this.changes.commit(actor, async (tx) => {
      const project = await this.projects.create(tx, { id: newId('project'), name, title });
      if (!project) throw new AppError('name_taken', `A project named "${name}" exists`);
      const audit = { action: 'project.create', resource: project.id, projectId: project.id, after: project };
      return { result: project, audit };
    });
  }

  /** The projects that somebody may act in. */
  async list({ installationAdmin, memberships }: Identity, query: PageQuery): Promise<Page<Project>> {
    const ids = installationAdmin ? undefined : memberships.map(({ project }) => project.id);
    return pageById(await this.projects.list(query, ids), query);
  }

  /** @throws AppError `project_not_found` */
  async get({ installationAdmin, memberships }: Identity, reference: string): Promise<Project> {
    const isOpen = installationAdmin || chooseMembership(memberships, reference) !== undefined;
    const project = isOpen && (await this.projects.find(reference));
    if (!project) throw projectNotFound(reference);
    return project;
  }

  /**
   * Changes the project in which the actor acts; who administers the installation changes any.
   * @throws AppError `project_not_found`
   */
  async update(actor: Actor, reference: string, { title, archived }: UpdateProject): Promise<Project> {
    return this.changes.commit(actor, async (tx) => {
      const before = await this.projects.find(reference, tx);
      if (!before || !(actor.installationAdmin || actor.projectId === before.id)) throw projectNotFound(reference);
      const archiving = archived === undefined || archived === (before.archivedAt !== null);
      const result = await this.projects.update(tx, before.id, {
        title,
        ...(archiving ? {} : { archivedAt: archived ? new Date() : null }),
      });
      const audit = { action: 'project.update', resource: before.id, projectId: before.id, before, after: result };
      return { result, audit };
    });
  }

  private async asAdmin({ installationAdmin }: Identity, reference = DEFAULT_PROJECT_ID) {
    const project = installationAdmin && (await this.projects.findEntered(reference));
    return project ? { project, role: 'admin' as const } : undefined;
  }
}
