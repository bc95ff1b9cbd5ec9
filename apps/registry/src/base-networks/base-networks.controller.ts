import {
  baseNetworkUploadSchema,
  registryRoutes,
  type BaseNetwork,
  type Page,
  type RouteInput,
} from '@kernelcast/contracts';
import { AppError, Input, Route } from '@kernelcast/platform';
import { Controller, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { Actor } from '../changes/actor.js';
import { CurrentActor, CurrentProject } from '../identity/current-actor.decorator.js';
import { BaseNetworksService } from './base-networks.service.js';
import { readUploadParts } from './multipart-upload.js';

@Controller()
export class BaseNetworksController {
  constructor(private readonly bases: BaseNetworksService) {}

  @Route(registryRoutes.createBaseNetwork)
  async create(@CurrentActor() actor: Actor, @Req() request: FastifyRequest): Promise<BaseNetwork> {
    const { graph, weights, ...fields } = await readUploadParts(request);
    const { name } = baseNetworkUploadSchema.parse(fields);
    if (!graph || !weights) {
      throw new AppError('malformed_body', 'The parts "graph" and "weights" must be sent as files');
    }
    return this.bases.create(actor, { name, graph, weights });
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
  ): Promise<BaseNetwork> {
    return this.bases.get(projectId, params.id);
  }
}
