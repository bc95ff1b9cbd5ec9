import {
  registryRoutes,
  type RenewedStatements,
  type RouteInput,
  type SigningKey,
  type SigningKeys,
} from '@kernelcast/contracts';
import { Input, Route } from '@kernelcast/platform';
import { Controller } from '@nestjs/common';
import type { Actor } from '../changes/actor.js';
import { CurrentActor } from '../identity/current-actor.decorator.js';
import { SigningKeysService } from './signing-keys.service.js';

@Controller()
export class SigningKeysController {
  constructor(private readonly keys: SigningKeysService) {}

  @Route(registryRoutes.listSigningKeys)
  list(): Promise<SigningKeys> {
    return this.keys.list();
  }

  @Route(registryRoutes.publishSigningKey)
  publish(@CurrentActor() actor: Actor): Promise<SigningKey> {
    return this.keys.publish(actor);
  }

  @Route(registryRoutes.activateSigningKey)
  activate(
    @CurrentActor() actor: Actor,
    @Input() { params }: RouteInput<typeof registryRoutes.activateSigningKey>,
  ): Promise<SigningKey> {
    return this.keys.act(actor, params.kid, 'activate');
  }

  @Route(registryRoutes.retireSigningKey)
  retire(
    @CurrentActor() actor: Actor,
    @Input() { params, body }: RouteInput<typeof registryRoutes.retireSigningKey>,
  ): Promise<SigningKey> {
    return this.keys.act(actor, params.kid, body.compromised ? 'compromise' : 'retire');
  }

  @Route(registryRoutes.renewStatements)
  renew(@CurrentActor() actor: Actor): Promise<RenewedStatements> {
    return this.keys.renewStatements(actor);
  }
}
