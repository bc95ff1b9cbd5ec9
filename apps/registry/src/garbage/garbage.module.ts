import { Module } from '@nestjs/common';
import { CandidatesRepository } from './candidates.repository.js';
import { CollectionRunner } from './collection-runner.service.js';
import { CollectionsRepository } from './collections.repository.js';
import { CollectionsService } from './collections.service.js';
import { Collector } from './collector.service.js';
import { GarbageController } from './garbage.controller.js';
import { ReferencesRepository } from './references.repository.js';

@Module({
  controllers: [GarbageController],
  providers: [
    CandidatesRepository,
    ReferencesRepository,
    CollectionsRepository,
    CollectionsService,
    Collector,
    CollectionRunner,
  ],
})
export class GarbageModule {}
