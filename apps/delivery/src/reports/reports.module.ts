import { Module } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import { REPORT_RETENTION_DAYS, ReportRetention } from './report-retention.js';
import { ReportsController } from './reports.controller.js';
import { ReportsRepository } from './reports.repository.js';
import { ReportsService } from './reports.service.js';

@Module({})
export class ReportsModule {
  /** @param retentionDays for which reports are kept; 0 for ever */
  static forRoot(retentionDays: number): DynamicModule {
    return {
      module: ReportsModule,
      controllers: [ReportsController],
      providers: [
        ReportsRepository,
        ReportsService,
        ReportRetention,
        { provide: REPORT_RETENTION_DAYS, useValue: retentionDays },
      ],
    };
  }
}
