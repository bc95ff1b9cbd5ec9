import {
  registryRoutes,
  type Modulator,
  type ModulatorVersion,
  type Page,
  type RouteInput,
} from '@kernelcast/contracts';
import { Input, Route } from '@kernelcast/platform';
import { Controller } from '@nestjs/common';
import { CurrentProject } from '../identity/current-actor.decorator.js';
import { ModulatorsService } from './modulators.service.js';

@Controller()
export class ModulatorsController {
  constructor(private readonly modulators: ModulatorsService) {}

  @Route(registryRoutes.listModulators)
  list(
    @CurrentProject() projectId: string,
    @Input() { query }: RouteInput<typeof registryRoutes.listModulators>,
  ): Promise<Page<Modulator>> {
    return this.modulators.list(projectId, query);
  }

  @Route(registryRoutes.getModulator)
  get(
    @CurrentProject() projectId: string,
    @Input() { params }: RouteInput<typeof registryRoutes.getModulator>,
  ): Promise<Modulator> {
    return this.modulators.get(projectId, params.id);
  }

  @Route(registryRoutes.listModulatorVersions)
  listVersions(
    @CurrentProject() projectId: string,
    @Input() { params, query }: RouteInput<typeof registryRoutes.listModulatorVersions>,
  ): Promise<Page<ModulatorVersion>> {
    return this.modulators.listVersions(projectId, params.id, query);
  }

  @Route(registryRoutes.searchModulatorVersions)
  searchVersions(
    @CurrentProject() projectId: string,
    @Input() { query }: RouteInput<typeof registryRoutes.searchModulatorVersions>,
  ): Promise<Page<ModulatorVersion>> {
    return this.modulators.searchVersions(projectId, query);
  }

  @Route(registryRoutes.getModulatorVersion)
  getVersion(
    @CurrentProject() projectId: string,
    @Input() { params }: RouteInput<typeof registryRoutes.getModulatorVersion>,
  ): Promise<ModulatorVersion> {
    return this.modulators.getVersion(projectId, { modulatorId: params.id, version: params.version });
  }

  @Route(registryRoutes.getModulatorVersionById)
  getVersionById(
    @CurrentProject() projectId: string,
    @Input() { params }: RouteInput<typeof registryRoutes.getModulatorVersionById>,
  ): Promise<ModulatorVersion> {
    return this.modulators.getVersion(projectId, { id: params.id });
  }
}
