import { registryRoutes, type Page, type RouteInput, type Task } from '@kernelcast/contracts';
import { Input, Route } from '@kernelcast/platform';
import { Controller } from '@nestjs/common';
import type { Actor } from '../changes/actor.js';
import { CurrentActor, CurrentProject } from '../identity/current-actor.decorator.js';
import { TasksService } from './tasks.service.js';

@Controller()
export class TasksController {
  constructor(private readonly tasks: TasksService) {}

  @Route(registryRoutes.createTask)
  create(@CurrentActor() actor: Actor, @Input() { body }: RouteInput<typeof registryRoutes.createTask>): Promise<Task> {
    return this.tasks.create(actor, body);
  }

  @Route(registryRoutes.listTasks)
  list(
    @CurrentProject() projectId: string,
    @Input() { query }: RouteInput<typeof registryRoutes.listTasks>,
  ): Promise<Page<Task>> {
    return this.tasks.list(projectId, query);
  }

  @Route(registryRoutes.getTask)
  get(
    @CurrentProject() projectId: string,
    @Input() { params }: RouteInput<typeof registryRoutes.getTask>,
  ): Promise<Task> {
    return this.tasks.get(projectId, params.id);
  }

  @Route(registryRoutes.updateTask)
  update(
    @CurrentActor() actor: Actor,
    @Input() { params, body }: RouteInput<typeof registryRoutes.updateTask>,
  ): Promise<Task> {
    return this.tasks.update(actor, params.id, body);
  }
}
