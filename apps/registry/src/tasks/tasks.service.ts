import type { createTaskSchema, ListTasksQuery, Page, Task, updateTaskSchema } from '@kernelcast/contracts';
import { newId } from '@kernelcast/database';
import { AppError, assertPrecondition } from '@kernelcast/platform';
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
  async create(actor: Actor, order: z.infer<typeof createTaskSchema>): Promise<Task> {
    return this.changes.commit(actor, async (tx) => {
      const task = await this.tasks.create(tx, { id: newId('task'), projectId: actor.projectId, ...order });
      if (!task) throw new AppError('name_taken', `A task named "${order.name}" exists`);
      return { result: task, audit: { action: 'task.create', resource: task.id, after: task } };
    });
  }

  /** @throws AppError `task_not_found` */
  async get(projectId: string, reference: string): Promise<Task> {
    const task = await this.tasks.find(projectId, reference);
    if (!task) throw new AppError('task_not_found', `There is no task "${reference}"`);
    return task;
  }

  /**
   * Reports of gates that were made before keep what they say, and the revision of the task that they are of.
   * @throws AppError `task_not_found`, `precondition_failed`
   */
  async update(actor: Actor, reference: string, changes: z.infer<typeof updateTaskSchema>): Promise<Task> {
    const { id } = await this.get(actor.projectId, reference);
    return this.changes.commit(actor, async (tx) => {
      const before = await this.tasks.lock(id, tx);
      assertPrecondition(actor.precondition, before);
      const { title, gates, requiredApprovals, rolloutApproval } = { ...before, ...changes };
      const result = await this.tasks.update(tx, id, {
        title,
        gates,
        requiredApprovals,
        rolloutApproval,
      });
      return { result, audit: { action: 'task.update', resource: id, before, after: result } };
    });
  }

  list(projectId: string, query: ListTasksQuery): Promise<Page<Task>> {
    return this.tasks.list(projectId, query);
  }
}
