import { Controller, Req } from '@nestjs/common';
import { deviceRoutes } from '@kernelcast/contracts';
import type { RouteInput, RouteOutput } from '@kernelcast/contracts';
import { Input, Route } from '@kernelcast/platform';
import type { FastifyRequest } from 'fastify';
import { DeviceLimits } from '../limits/device-limits.js';
import { EnrolmentService } from './enrolment.service.js';

type Routes = typeof deviceRoutes;

@Controller()
export class EnrolmentController {
  constructor(
    private readonly enrolment: EnrolmentService,
    private readonly limits: DeviceLimits,
  ) {}

  @Route(deviceRoutes.enrol)
  enrol(
    @Input() { body }: RouteInput<Routes['enrol']>,
    @Req() { ip }: FastifyRequest,
  ): Promise<RouteOutput<Routes['enrol']>> {
    return this.limits.attempt(ip, () => this.enrolment.enrol(body, new Date()));
  }

  @Route(deviceRoutes.createNonce)
  createNonce(): RouteOutput<Routes['createNonce']> {
    return this.enrolment.createNonce(new Date());
  }

  @Route(deviceRoutes.renewCredential)
  async renew(
    @Input() { body }: RouteInput<Routes['renewCredential']>,
    @Req() { ip }: FastifyRequest,
  ): Promise<RouteOutput<Routes['renewCredential']>> {
    const renewed = await this.limits.attempt(ip, () => this.enrolment.renew(body, new Date()));
    this.limits.renewal(body.deviceId);
    return renewed;
  }
}
