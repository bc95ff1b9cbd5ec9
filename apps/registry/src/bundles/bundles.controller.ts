import { registryRoutes, type Bundle, type RouteInput } from '@kernelcast/contracts';
import { Input, Route } from '@kernelcast/platform';
import { Controller } from '@nestjs/common';
import type { Actor } from '../changes/actor.js';
import { CurrentActor } from '../identity/current-actor.decorator.js';
import { BundlesService } from './bundles.service.js';

@Controller()
export class BundlesController {
  constructor(private readonly bundles: BundlesService) {}

  @Route(registryRoutes.createBundle)
  create(
    @CurrentActor() actor: Actor,
    @Input() { params, body }: RouteInput<typeof registryRoutes.createBundle>,
  ): Promise<Bundle> {
    return this.bundles.create(actor, params.id, body);
  }
}
