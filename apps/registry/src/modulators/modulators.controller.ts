import {
  registryRoutes,
  type Modulator,
  type ModulatorVersion,
  type Page,
  type RouteInput,
} from '@kernelcast/contracts';
import { Input, Route } from '@kernelcast/platform';
import { Controller } from '@nestjs/common';
import { ModulatorsService } from './modulators.service.js';

@Controller()
export class ModulatorsController {
  constructor(private readonly modulators: ModulatorsService) {}

  @Route(registryRoutes.listModulators)
  list(@Input() { query }: RouteInput<typeof registryRoutes.listModulators>): Promise<Page<Modulator>> {
    return this.modulators.list(query);
  }

  @Route(registryRoutes.getModulator)
  get(@Input() { params }: RouteInput<typeof registryRoutes.getModulator>): Promise<Modulator> {
    return this.modulators.get(params.id);
  }

  @Route(registryRoutes.listModulatorVersions)
  listVersions(
    @Input() { params, query }: RouteInput<typeof registryRoutes.listModulatorVersions>,
  ): Promise<Page<ModulatorVersion>> {
    return this.modulators.listVersions(params.id, query);
  }

  @Route(registryRoutes.searchModulatorVersions)
  searchVersions(
    @Input() { query }: RouteInput<typeof registryRoutes.searchModulatorVersions>,
  ): Promise<Page<ModulatorVersion>> {
    return this.modulators.searchVersions(query);
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
}
