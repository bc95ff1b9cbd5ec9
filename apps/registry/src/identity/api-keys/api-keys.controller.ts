import { registryRoutes, type ApiKey, type Page, type RouteInput } from '@kernelcast/contracts';
import { Input, Route } from '@kernelcast/platform';
import { Controller, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { Actor } from '../../changes/actor.js';
import { CurrentActor } from '../current-actor.decorator.js';
import type { CreatedApiKey } from '../identity.types.js';
import { authenticatedOf } from '../request-principal.js';
import { ApiKeysService, type KeyHolder } from './api-keys.service.js';

@Controller()
export class ApiKeysController {
  constructor(private readonly keys: ApiKeysService) {}

  @Route(registryRoutes.createApiKey)
  create(
    @CurrentActor() actor: Actor,
    @Req() request: FastifyRequest,
    @Input() { body }: RouteInput<typeof registryRoutes.createApiKey>,
  ): Promise<CreatedApiKey> {
    return this.keys.create(holderOf(actor, request), body);
  }

  @Route(registryRoutes.listApiKeys)
  list(
    @CurrentActor() actor: Actor,
    @Input() { query }: RouteInput<typeof registryRoutes.listApiKeys>,
  ): Promise<Page<ApiKey>> {
    return this.keys.list(actor, query);
  }

  @Route(registryRoutes.getApiKey)
  get(
    @CurrentActor() actor: Actor,
    @Req() request: FastifyRequest,
    @Input() { params }: RouteInput<typeof registryRoutes.getApiKey>,
  ): Promise<ApiKey> {
    return this.keys.get(holderOf(actor, request), params.id);
  }

  @Route(registryRoutes.rotateApiKey)
  rotate(
    @CurrentActor() actor: Actor,
    @Req() request: FastifyRequest,
    @Input() { params, body }: RouteInput<typeof registryRoutes.rotateApiKey>,
  ): Promise<CreatedApiKey> {
    return this.keys.rotate(holderOf(actor, request), params.id, body);
  }

  @Route(registryRoutes.revokeApiKey)
  revoke(
    @CurrentActor() actor: Actor,
    @Req() request: FastifyRequest,
    @Input() { params }: RouteInput<typeof registryRoutes.revokeApiKey>,
  ): Promise<ApiKey> {
    return this.keys.revoke(holderOf(actor, request), params.id);
  }
}

const holderOf = (actor: Actor, request: FastifyRequest): KeyHolder => ({
  actor,
  identity: authenticatedOf(request).identity,
});
