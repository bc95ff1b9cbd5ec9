import { registryRoutes, type RouteInput, type VersionDelta } from '@kernelcast/contracts';
import { Input, Route } from '@kernelcast/platform';
import { Controller } from '@nestjs/common';
import { CurrentProject } from '../identity/current-actor.decorator.js';
import { ModulatorsService } from '../modulators/modulators.service.js';
import { DeltasRepository } from './deltas.repository.js';

@Controller()
export class DeltasController {
  constructor(
    private readonly modulators: ModulatorsService,
    private readonly deltas: DeltasRepository,
  ) {}

  @Route(registryRoutes.listVersionDeltas)
  async list(
    @CurrentProject() projectId: string,
    @Input() { params }: RouteInput<typeof registryRoutes.listVersionDeltas>,
  ): Promise<{ data: VersionDelta[] }> {
    const { id: modulatorId, version } = params;
    return { data: await this.deltas.listTo(await this.modulators.getVersion(projectId, { modulatorId, version })) };
  }
}
