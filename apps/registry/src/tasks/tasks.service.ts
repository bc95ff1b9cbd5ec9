import type { createTaskSchema, ListTasksQuery, Page, Task } from '@kernelcast/contracts';
import { newId } from '@kernelcast/database';
import { AppError } from '@kernelcast/platform';
import { Injectable } from '@nestjs/common';
import type { z } from 'zod';
import type { Actor } from '../changes/actor.js';
import { Changes } from '../changes/changes.service.js';
import { TasksRepository } from './tasks.repository.js';

@Injectable()
export class TasksService {
  constructor(
    private readonly tasks: TasksRepository,
    private readonly changes: Changes,
  ) {}

  /** @throws AppError `name_taken` */
  async create(actor: Actor, { name, title, labels }: z.infer<typeof createTaskSchema>): Promise<Task> {
    return this.changes.commit(actor, async (tx) => {
      const task = await this.tasks.create(tx, { id: newId('task'), projectId: actor.projectId, name, title, labels });
      if (!task) throw new AppError('name_taken', `A task named "${name}" exists`);
      return { result: task, audit: { action: 'task.create', resource: task.id, after: task } };
    });
  }

  /** @throws AppError `task_not_found` */
  async get(projectId: string, reference: string): Promise<Task> {
    const task = await this.tasks.find(projectId, reference);
    if (!task) throw new AppError('task_not_found', `There is no task "${reference}"`);
    return task;
  }

  list(projectId: string, query: ListTasksQuery): Promise<Page<Task>> {
    return this.tasks.list(projectId, query);
  }
}
