import type { ModelCard } from '@kernelcast/contracts';
import { Injectable } from '@nestjs/common';
import type { VersionReference } from '../modulators/modulators.repository.js';
import { ModulatorsService } from '../modulators/modulators.service.js';
import { modelCard } from './model-card.js';
import { VersionInsightsRepository } from './version-insights.repository.js';

@Injectable()
export class ModelCards {
  constructor(
    private readonly modulators: ModulatorsService,
    private readonly repository: VersionInsightsRepository,
  ) {}

  /** @throws AppError `modulator_not_found` */
  async card(projectId: string, reference: VersionReference): Promise<ModelCard> {
    const found = await this.modulators.getVersion(projectId, reference);
    return modelCard(found, await this.repository.origin(found.id));
  }
}
