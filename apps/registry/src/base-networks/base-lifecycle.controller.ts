import { registryRoutes, type BaseDependents, type BaseNetwork, type RouteInput } from '@kernelcast/contracts';
import { Input, Route } from '@kernelcast/platform';
import { Controller } from '@nestjs/common';
import type { Actor } from '../changes/actor.js';
import { CurrentActor, CurrentProject } from '../identity/current-actor.decorator.js';
import { BaseLifecycle } from './base-lifecycle.service.js';

@Controller()
export class BaseLifecycleController {
  constructor(private readonly lifecycle: BaseLifecycle) {}

  @Route(registryRoutes.getBaseDependents)
  dependents(
    @CurrentProject() projectId: string,
    @Input() { params }: RouteInput<typeof registryRoutes.getBaseDependents>,
  ): Promise<BaseDependents> {
    return this.lifecycle.dependents(projectId, params.id);
  }

  @Route(registryRoutes.deprecateBaseNetwork)
  deprecate(
    @CurrentActor() actor: Actor,
    @Input() { params }: RouteInput<typeof registryRoutes.deprecateBaseNetwork>,
  ): Promise<BaseNetwork> {
    return this.lifecycle.change(actor, 'deprecate', params.id);
  }

  @Route(registryRoutes.restoreBaseNetwork)
  restore(
    @CurrentActor() actor: Actor,
    @Input() { params }: RouteInput<typeof registryRoutes.restoreBaseNetwork>,
  ): Promise<BaseNetwork> {
    return this.lifecycle.change(actor, 'restore', params.id);
  }

  @Route(registryRoutes.deleteBaseNetwork)
  async delete(
    @CurrentActor() actor: Actor,
    @Input() { params }: RouteInput<typeof registryRoutes.deleteBaseNetwork>,
  ): Promise<void> {
    await this.lifecycle.delete(actor, params.id);
  }
}
