import { Module } from '@nestjs/common';
import { FleetEventsModule } from '../fleet-events/fleet-events.module.js';
import { DownloadsController } from './downloads.controller.js';
import { ModulatorsController } from './modulators.controller.js';
import { ModulatorsRepository } from './modulators.repository.js';
import { ModulatorsService } from './modulators.service.js';
import { VersionDecisionsController } from './version-decisions.controller.js';
import { VersionDecisions } from './version-decisions.service.js';
import { VersionRollouts } from './version-rollouts.service.js';

@Module({
  imports: [FleetEventsModule],
  controllers: [ModulatorsController, DownloadsController, VersionDecisionsController],
  providers: [ModulatorsRepository, ModulatorsService, VersionDecisions, VersionRollouts],
  exports: [ModulatorsRepository, ModulatorsService],
})
export class ModulatorsModule {}
