import { registryRoutes, type Page, type Project, type RouteInput } from '@kernelcast/contracts';
import { Input, Route } from '@kernelcast/platform';
import { Controller, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { Actor } from '../changes/actor.js';
import { CurrentActor } from '../identity/current-actor.decorator.js';
import { authenticatedOf } from '../identity/request-principal.js';
import { ProjectsService } from './projects.service.js';

@Controller()
export class ProjectsController {
  constructor(private readonly projects: ProjectsService) {}

  @Route(registryRoutes.createProject)
  create(
    @CurrentActor() actor: Actor,
    @Input() { body }: RouteInput<typeof registryRoutes.createProject>,
  ): Promise<Project> {
    return this.projects.create(actor, body);
  }

  @Route(registryRoutes.listProjects)
  list(
    @Req() request: FastifyRequest,
    @Input() { query }: RouteInput<typeof registryRoutes.listProjects>,
  ): Promise<Page<Project>> {
    return this.projects.list(authenticatedOf(request).identity, query);
  }

  @Route(registryRoutes.getProject)
  get(
    @Req() request: FastifyRequest,
    @Input() { params }: RouteInput<typeof registryRoutes.getProject>,
  ): Promise<Project> {
    return this.projects.get(authenticatedOf(request).identity, params.id);
  }

  @Route(registryRoutes.updateProject)
  update(
    @CurrentActor() actor: Actor,
    @Input() { params, body }: RouteInput<typeof registryRoutes.updateProject>,
  ): Promise<Project> {
    return this.projects.update(actor, params.id, body);
  }
}
