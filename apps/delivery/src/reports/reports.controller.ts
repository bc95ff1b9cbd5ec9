import { Controller } from '@nestjs/common';
import { deviceRoutes } from '@kernelcast/contracts';
import type { RouteInput, RouteOutput } from '@kernelcast/contracts';
import { Input, Route } from '@kernelcast/platform';
import type { DeviceSession } from '../auth/device-auth.service.js';
import { Session } from '../auth/device.guard.js';
import { ReportsService } from './reports.service.js';

@Controller()
export class ReportsController {
  constructor(private readonly reports: ReportsService) {}

  @Route(deviceRoutes.report)
  async report(
    @Session() { device }: DeviceSession,
    @Input() { body }: RouteInput<typeof deviceRoutes.report>,
  ): Promise<RouteOutput<typeof deviceRoutes.report>> {
    return { acceptedThrough: await this.reports.accept(device.id, body.reports) };
  }
}
