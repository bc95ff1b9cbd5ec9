import { Module } from '@nestjs/common';
import { ModulatorsModule } from '../modulators/modulators.module.js';
import { ModelCards } from './model-cards.service.js';
import { VersionComparisons } from './version-comparison.service.js';
import { VersionInsightsController } from './version-insights.controller.js';
import { VersionInsightsRepository } from './version-insights.repository.js';
import { VersionLineages } from './version-lineage.service.js';

@Module({
  imports: [ModulatorsModule],
  controllers: [VersionInsightsController],
  providers: [VersionInsightsRepository, VersionComparisons, VersionLineages, ModelCards],
})
export class VersionInsightsModule {}
