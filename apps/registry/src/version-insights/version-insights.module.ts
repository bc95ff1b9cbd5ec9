import { Module } from '@nestjs/common';
import { AliasesModule } from '../aliases/aliases.module.js';
import { ModulatorsModule } from '../modulators/modulators.module.js';
import { ModelCards } from './model-cards.service.js';
import { VersionComparisons } from './version-comparison.service.js';
import { VersionInsightsController } from './version-insights.controller.js';
import { VersionInsightsRepository } from './version-insights.repository.js';
import { VersionLineages } from './version-lineage.service.js';

@Module({
  imports: [AliasesModule, ModulatorsModule],
  controllers: [VersionInsightsController],
  providers: [VersionInsightsRepository, VersionComparisons, VersionLineages, ModelCards],
})
export class VersionInsightsModule {}
