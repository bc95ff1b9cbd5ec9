import { registryRoutes, type Page, type Rollout, type RolloutProgress, type RouteInput } from '@kernelcast/contracts';
import { Input, Route } from '@kernelcast/platform';
import { Controller } from '@nestjs/common';
import type { Actor } from '../changes/actor.js';
import { CurrentActor, CurrentProject } from '../identity/current-actor.decorator.js';
import { RolloutProgressService } from './rollout-progress.service.js';
import { RolloutsService } from './rollouts.service.js';

@Controller()
export class RolloutsController {
  constructor(
    private readonly rollouts: RolloutsService,
    private readonly progressOf: RolloutProgressService,
  ) {}

  @Route(registryRoutes.createRollout)
  create(
    @CurrentActor() actor: Actor,
    @Input() { body }: RouteInput<typeof registryRoutes.createRollout>,
  ): Promise<Rollout> {
    return this.rollouts.create(actor, body);
  }

  @Route(registryRoutes.listRollouts)
  list(
    @CurrentProject() projectId: string,
    @Input() { query }: RouteInput<typeof registryRoutes.listRollouts>,
  ): Promise<Page<Rollout>> {
    return this.rollouts.list(projectId, query);
  }

  @Route(registryRoutes.getRollout)
  get(
    @CurrentProject() projectId: string,
    @Input() { params }: RouteInput<typeof registryRoutes.getRollout>,
  ): Promise<Rollout> {
    return this.rollouts.get(projectId, params.id);
  }

  @Route(registryRoutes.startRollout)
  start(
    @CurrentActor() actor: Actor,
    @Input() { params }: RouteInput<typeof registryRoutes.startRollout>,
  ): Promise<Rollout> {
    return this.rollouts.start(actor, params.id);
  }

  @Route(registryRoutes.getRolloutProgress)
  progress(
    @CurrentProject() projectId: string,
    @Input() { params }: RouteInput<typeof registryRoutes.getRolloutProgress>,
  ): Promise<RolloutProgress> {
    return this.progressOf.progress(projectId, params.id);
  }
}
