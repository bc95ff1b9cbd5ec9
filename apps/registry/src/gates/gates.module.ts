import { Module } from '@nestjs/common';
import { ModulatorsModule } from '../modulators/modulators.module.js';
import { GateReportsRepository } from './gate-reports.repository.js';
import { GatesController } from './gates.controller.js';
import { GatesService } from './gates.service.js';

@Module({
  imports: [ModulatorsModule],
  controllers: [GatesController],
  providers: [GateReportsRepository, GatesService],
  exports: [GateReportsRepository],
})
export class GatesModule {}
