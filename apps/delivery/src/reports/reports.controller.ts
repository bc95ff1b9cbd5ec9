import { Controller } from '@nestjs/common';
import { deviceRoutes } from '@kernelcast/contracts';
import type { RouteInput, RouteOutput } from '@kernelcast/contracts';
import { Input, Route } from '@kernelcast/platform';
import type { DeviceSession } from '../auth/device-auth.service.js';
import { Session } from '../auth/device.guard.js';
import { DeviceLimits } from '../limits/device-limits.js';
import { ReportsService } from './reports.service.js';

@Controller()
export class ReportsController {
  constructor(
    private readonly reports: ReportsService,
    private readonly limits: DeviceLimits,
  ) {}

  @Route(deviceRoutes.report)
  async report(
    @Session() { device }: DeviceSession,
    @Input() { body }: RouteInput<typeof deviceRoutes.report>,
  ): Promise<RouteOutput<typeof deviceRoutes.report>> {
    this.limits.report(device.id, body.reports.length);
    return { acceptedThrough: await this.reports.accept(device.id, body.reports) };
  }
}
