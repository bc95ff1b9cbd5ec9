import { Injectable } from '@nestjs/common';
import { Counter, Gauge, Registry } from 'prom-client';
import type { Report } from '@kernelcast/contracts';
import { isDatabaseUnavailable } from '@kernelcast/database';
import { AppError } from '@kernelcast/platform';
import { boundReport } from './bound-report.js';
import { ReportQueue } from './report-queue.js';
import type { ReportCounts } from './report-queue.js';
import { ReportsRepository } from './reports.repository.js';

@Injectable()
export class ReportsService {
  private readonly queue: ReportQueue;

  constructor(repository: ReportsRepository, registry: Registry) {
    this.queue = new ReportQueue({ write: (batch) => repository.accept(batch), isTransient: isDatabaseUnavailable });
    this.registerMetrics(registry);
  }

  /**
   * Takes a device's reports once, however often they are sent.
   * @returns the sequence number up to which the device may forget its reports: they are durable
   * @throws AppError `service_unavailable` when they are not, and are to be sent again
   */
  async accept(deviceId: string, reports: readonly Report[]): Promise<number> {
    const now = new Date();
    const inOrder = reports.map((report) => boundReport(report, now)).sort((a, b) => a.seq - b.seq);
    const acceptedThrough = await this.queue.add(deviceId, inOrder);
    if (acceptedThrough === undefined) throw new AppError('credential_invalid');
    return acceptedThrough;
  }

  private registerMetrics(registry: Registry): void {
    const { queue } = this;
    const count = (name: string, help: string, field: keyof ReportCounts): void => {
      const collect = function (this: Counter): void {
        this.reset();
        this.inc(queue.counts[field]);
      };
      new Counter({ name, help, registers: [registry], collect });
    };
    count('kernelcast_reports_total', 'Reports acknowledged to devices, repeated ones included', 'written');
    count('kernelcast_reports_shed_total', 'Reports that devices were told to send again', 'shed');
    count('kernelcast_report_batches_total', 'Transactions by which reports were written', 'batches');
    count('kernelcast_report_batches_failed_total', 'Transactions for reports that failed', 'failedBatches');
    new Gauge({
      name: 'kernelcast_reports_waiting',
      help: 'Reports that wait to be written',
      registers: [registry],
      collect() {
        this.set(queue.size);
      },
    });
  }
}
