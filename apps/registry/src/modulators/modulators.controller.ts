import {
  registryRoutes,
  type Modulator,
  type ModulatorVersion,
  type Page,
  type RouteInput,
} from '@kernelcast/contracts';
import { Input, Route } from '@kernelcast/platform';
import { Controller } from '@nestjs/common';
import type { Actor } from '../changes/actor.js';
import { CurrentActor } from '../identity/current-actor.decorator.js';
import { ModulatorsService } from './modulators.service.js';

@Controller()
export class ModulatorsController {
  constructor(private readonly modulators: ModulatorsService) {}

  @Route(registryRoutes.listModulators)
  list(@Input() { query }: RouteInput<typeof registryRoutes.listModulators>): Promise<Page<Modulator>> {
    return this.modulators.list(query);
  }

  @Route(registryRoutes.listModulatorVersions)
  listVersions(
    @Input() { params, query }: RouteInput<typeof registryRoutes.listModulatorVersions>,
  ): Promise<Page<ModulatorVersion>> {
    return this.modulators.listVersions(params.id, query);
  }

  @Route(registryRoutes.getModulatorVersion)
  getVersion(@Input() { params }: RouteInput<typeof registryRoutes.getModulatorVersion>): Promise<ModulatorVersion> {
    return this.modulators.getVersion({ modulatorId: params.id, version: params.version });
  }

  @Route(registryRoutes.getModulatorVersionById)
  getVersionById(
    @Input() { params }: RouteInput<typeof registryRoutes.getModulatorVersionById>,
  ): Promise<ModulatorVersion> {
    return this.modulators.getVersion({ id: params.id });
  }

  @Route(registryRoutes.approveModulatorVersion)
  approve(
    @CurrentActor() actor: Actor,
    @Input() { params, body }: RouteInput<typeof registryRoutes.approveModulatorVersion>,
  ): Promise<ModulatorVersion> {
    return this.modulators.approve(actor, { modulatorId: params.id, version: params.version }, body.comment);
  }

  @Route(registryRoutes.rejectModulatorVersion)
  reject(
    @CurrentActor() actor: Actor,
    @Input() { params, body }: RouteInput<typeof registryRoutes.rejectModulatorVersion>,
  ): Promise<ModulatorVersion> {
    return this.modulators.reject(actor, { modulatorId: params.id, version: params.version }, body.comment);
  }
}
