import { registryRoutes, type AliasChange, type Page, type RouteInput, type TaskAlias } from '@kernelcast/contracts';
import { Input, Route } from '@kernelcast/platform';
import { Controller } from '@nestjs/common';
import type { Actor } from '../changes/actor.js';
import { CurrentActor, CurrentProject } from '../identity/current-actor.decorator.js';
import { AliasesService, type AliasReference } from './aliases.service.js';

@Controller()
export class AliasesController {
  constructor(private readonly aliases: AliasesService) {}

  @Route(registryRoutes.listAliases)
  list(
    @CurrentProject() projectId: string,
    @Input() { params }: RouteInput<typeof registryRoutes.listAliases>,
  ): Promise<{ data: TaskAlias[] }> {
    return this.aliases.list(projectId, params.id);
  }

  @Route(registryRoutes.getAlias)
  get(
    @CurrentProject() projectId: string,
    @Input() { params }: RouteInput<typeof registryRoutes.getAlias>,
  ): Promise<TaskAlias> {
    return this.aliases.get(projectId, referenceOf(params));
  }

  @Route(registryRoutes.setAlias)
  set(
    @CurrentActor() actor: Actor,
    @Input() { params, body }: RouteInput<typeof registryRoutes.setAlias>,
  ): Promise<TaskAlias> {
    return this.aliases.set(actor, referenceOf(params), body);
  }

  @Route(registryRoutes.rollBackAlias)
  rollBack(
    @CurrentActor() actor: Actor,
    @Input() { params, body }: RouteInput<typeof registryRoutes.rollBackAlias>,
  ): Promise<TaskAlias> {
    return this.aliases.rollBack(actor, referenceOf(params), body);
  }

  @Route(registryRoutes.listAliasHistory)
  history(
    @CurrentProject() projectId: string,
    @Input() { params, query }: RouteInput<typeof registryRoutes.listAliasHistory>,
  ): Promise<Page<AliasChange>> {
    return this.aliases.history(projectId, referenceOf(params), query);
  }
}

const referenceOf = ({ id, name }: { id: string; name: string }): AliasReference => ({ task: id, name });
