import { Injectable } from '@nestjs/common';
import type { Report } from '@kernelcast/contracts';
import { AppError } from '@kernelcast/platform';
import { ReportsRepository } from './reports.repository.js';

@Injectable()
export class ReportsService {
  constructor(private readonly repository: ReportsRepository) {}

  /**
   * Takes a device's reports once, however often they are sent.
   * @returns the sequence number up to which the device may forget its reports
   */
  async accept(deviceId: string, reports: readonly Report[]): Promise<number> {
    const inOrder = [...reports].sort((a, b) => a.seq - b.seq);
    const acceptedThrough = await this.repository.accept(deviceId, inOrder);
    if (acceptedThrough === undefined) throw new AppError('credential_invalid');
    return acceptedThrough;
  }
}
