import { Module } from '@nestjs/common';
import { ReleaseKeyModule } from '../release-key/release-key.module.js';
import { DownloadsController } from './downloads.controller.js';
import { ModulatorsController } from './modulators.controller.js';
import { ModulatorsRepository } from './modulators.repository.js';
import { ModulatorsService } from './modulators.service.js';

@Module({
  imports: [ReleaseKeyModule],
  controllers: [ModulatorsController, DownloadsController],
  providers: [ModulatorsRepository, ModulatorsService],
  exports: [ModulatorsRepository],
})
export class ModulatorsModule {}
