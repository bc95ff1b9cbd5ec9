import { registryRoutes, type RouteInput, type UpgradePlan } from '@kernelcast/contracts';
import { Input, Route } from '@kernelcast/platform';
import { Controller } from '@nestjs/common';
import type { Actor } from '../changes/actor.js';
import { CurrentActor, CurrentProject } from '../identity/current-actor.decorator.js';
import { BaseUpgrades } from './base-upgrades.service.js';

@Controller()
export class BaseUpgradesController {
  constructor(private readonly upgrades: BaseUpgrades) {}

  @Route(registryRoutes.planBaseUpgrade)
  plan(
    @CurrentProject() projectId: string,
    @Input() { params, query }: RouteInput<typeof registryRoutes.planBaseUpgrade>,
  ): Promise<UpgradePlan> {
    return this.upgrades.plan(projectId, params.id, query.to);
  }

  @Route(registryRoutes.applyBaseUpgrade)
  apply(
    @CurrentActor() actor: Actor,
    @Input() { params, query, body }: RouteInput<typeof registryRoutes.applyBaseUpgrade>,
  ): Promise<UpgradePlan> {
    if (body.dryRun) return this.upgrades.plan(actor.projectId, params.id, query.to);
    return this.upgrades.apply(actor, params.id, query.to);
  }
}
