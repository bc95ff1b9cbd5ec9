import {
  registryRoutes,
  type OrderedRollout,
  type Page,
  type Rollout,
  type RolloutPreview,
  type RolloutProgress,
  type RouteInput,
} from '@kernelcast/contracts';
import { Input, Route } from '@kernelcast/platform';
import { Controller } from '@nestjs/common';
import type { Actor } from '../changes/actor.js';
import { CurrentActor, CurrentProject } from '../identity/current-actor.decorator.js';
import { RolloutPreviews } from './rollout-preview.service.js';
import { RolloutProgressService } from './rollout-progress.service.js';
import { RolloutApprovals } from './rollout-approvals.service.js';
import { RolloutVerbs } from './rollout-verbs.service.js';
import { RolloutsService } from './rollouts.service.js';

@Controller()
export class RolloutsController {
  constructor(
    private readonly rollouts: RolloutsService,
    private readonly progressOf: RolloutProgressService,
    private readonly previews: RolloutPreviews,
    private readonly approvals: RolloutApprovals,
    private readonly verbs: RolloutVerbs,
  ) {}

  @Route(registryRoutes.createRollout)
  create(
    @CurrentActor() actor: Actor,
    @Input() { body }: RouteInput<typeof registryRoutes.createRollout>,
  ): Promise<OrderedRollout> {
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
  ): Promise<OrderedRollout> {
    return this.rollouts.start(actor, params.id);
  }

  @Route(registryRoutes.approveRollout)
  approve(
    @CurrentActor() actor: Actor,
    @Input() { params, body }: RouteInput<typeof registryRoutes.approveRollout>,
  ): Promise<Rollout> {
    return this.approvals.approve(actor, params.id, body);
  }

  @Route(registryRoutes.pauseRollout)
  pause(
    @CurrentActor() actor: Actor,
    @Input() { params }: RouteInput<typeof registryRoutes.pauseRollout>,
  ): Promise<Rollout> {
    return this.verbs.pause(actor, params.id);
  }

  @Route(registryRoutes.resumeRollout)
  resume(
    @CurrentActor() actor: Actor,
    @Input() { params }: RouteInput<typeof registryRoutes.resumeRollout>,
  ): Promise<Rollout> {
    return this.verbs.resume(actor, params.id);
  }

  @Route(registryRoutes.abortRollout)
  abort(
    @CurrentActor() actor: Actor,
    @Input() { params }: RouteInput<typeof registryRoutes.abortRollout>,
  ): Promise<Rollout> {
    return this.verbs.abort(actor, params.id);
  }

  @Route(registryRoutes.rollbackRollout)
  rollback(
    @CurrentActor() actor: Actor,
    @Input() { params, body }: RouteInput<typeof registryRoutes.rollbackRollout>,
  ): Promise<Rollout> {
    return this.verbs.rollback(actor, params.id, body);
  }

  @Route(registryRoutes.getRolloutProgress)
  progress(
    @CurrentProject() projectId: string,
    @Input() { params }: RouteInput<typeof registryRoutes.getRolloutProgress>,
  ): Promise<RolloutProgress> {
    return this.progressOf.progress(projectId, params.id);
  }

  @Route(registryRoutes.previewRollout)
  preview(
    @CurrentProject() projectId: string,
    @Input() { params, query }: RouteInput<typeof registryRoutes.previewRollout>,
  ): Promise<RolloutPreview> {
    return this.previews.preview(projectId, params.id, query.bandwidth);
  }
}
