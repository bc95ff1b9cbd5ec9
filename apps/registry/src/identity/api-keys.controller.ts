import { registryRoutes, type Page, type RouteInput } from '@kernelcast/contracts';
import { Input, Route } from '@kernelcast/platform';
import { Controller } from '@nestjs/common';
import type { Actor } from '../changes/actor.js';
import { CurrentActor, CurrentProject } from './current-actor.decorator.js';
import { IdentityService } from './identity.service.js';
import type { ApiKey, CreatedApiKey } from './identity.types.js';

@Controller()
export class ApiKeysController {
  constructor(private readonly identity: IdentityService) {}

  @Route(registryRoutes.createApiKey)
  create(
    @CurrentActor() actor: Actor,
    @Input() { body }: RouteInput<typeof registryRoutes.createApiKey>,
  ): Promise<CreatedApiKey> {
    return this.identity.createApiKey(actor, body);
  }

  @Route(registryRoutes.listApiKeys)
  list(
    @CurrentProject() projectId: string,
    @Input() { query }: RouteInput<typeof registryRoutes.listApiKeys>,
  ): Promise<Page<ApiKey>> {
    return this.identity.listApiKeys(projectId, query);
  }
}
