import {
  registryRoutes,
  type BaseNetwork,
  type BaseNetworkDetail,
  type Page,
  type RouteInput,
} from '@kernelcast/contracts';
import { Input, Route } from '@kernelcast/platform';
import { Controller, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { Actor } from '../changes/actor.js';
import { CurrentActor, CurrentProject } from '../identity/current-actor.decorator.js';
import { BaseNetworksService } from './base-networks.service.js';
import { BaseImports } from './import/base-imports.service.js';
import { receiveUpload } from './import/receive-upload.js';

@Controller()
export class BaseNetworksController {
  constructor(
    private readonly bases: BaseNetworksService,
    private readonly imports: BaseImports,
  ) {}

  @Route(registryRoutes.createBaseNetwork)
  create(@CurrentActor() actor: Actor, @Req() request: FastifyRequest): Promise<BaseNetwork> {
    return this.imports.create(actor, (folder) => receiveUpload(request, folder));
  }

  @Route(registryRoutes.listBaseNetworks)
  list(
    @CurrentProject() projectId: string,
    @Input() { query }: RouteInput<typeof registryRoutes.listBaseNetworks>,
  ): Promise<Page<BaseNetwork>> {
    return this.bases.list(projectId, query);
  }

  @Route(registryRoutes.getBaseNetwork)
  get(
    @CurrentProject() projectId: string,
    @Input() { params }: RouteInput<typeof registryRoutes.getBaseNetwork>,
  ): Promise<BaseNetworkDetail> {
    return this.bases.describe(projectId, params.id);
  }
}
