import { Module } from '@nestjs/common';
import { GatesModule } from '../gates/gates.module.js';
import { ModulatorsModule } from '../modulators/modulators.module.js';
import { ReleaseKeyModule } from '../release-key/release-key.module.js';
import { ApprovalsController } from './approvals.controller.js';
import { ApprovalsRepository } from './approvals.repository.js';
import { ApprovalsService } from './approvals.service.js';

@Module({
  imports: [GatesModule, ModulatorsModule, ReleaseKeyModule],
  controllers: [ApprovalsController],
  providers: [ApprovalsRepository, ApprovalsService],
})
export class ApprovalsModule {}
