import { registryRoutes, type Page, type RouteInput, type Task } from '@kernelcast/contracts';
import { Input, Route } from '@kernelcast/platform';
import { Controller } from '@nestjs/common';
import type { Actor } from '../changes/actor.js';
import { CurrentActor } from '../identity/current-actor.decorator.js';
import { TasksService } from './tasks.service.js';

@Controller()
export class TasksController {
  constructor(private readonly tasks: TasksService) {}

  @Route(registryRoutes.createTask)
  create(@CurrentActor() actor: Actor, @Input() { body }: RouteInput<typeof registryRoutes.createTask>): Promise<Task> {
    return this.tasks.create(actor, body);
  }

  @Route(registryRoutes.listTasks)
  list(@Input() { query }: RouteInput<typeof registryRoutes.listTasks>): Promise<Page<Task>> {
    return this.tasks.list(query);
  }

  @Route(registryRoutes.getTask)
  get(@Input() { params }: RouteInput<typeof registryRoutes.getTask>): Promise<Task> {
    return this.tasks.get(params.id);
  }
}
