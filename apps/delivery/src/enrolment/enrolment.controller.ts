import { Controller } from '@nestjs/common';
import { deviceRoutes } from '@kernelcast/contracts';
import type { RouteInput, RouteOutput } from '@kernelcast/contracts';
import { Input, Route } from '@kernelcast/platform';
import { EnrolmentService } from './enrolment.service.js';

type Routes = typeof deviceRoutes;

@Controller()
export class EnrolmentController {
  constructor(private readonly enrolment: EnrolmentService) {}

  @Route(deviceRoutes.enrol)
  enrol(@Input() { body }: RouteInput<Routes['enrol']>): Promise<RouteOutput<Routes['enrol']>> {
    return this.enrolment.enrol(body, new Date());
  }

  @Route(deviceRoutes.createNonce)
  createNonce(): RouteOutput<Routes['createNonce']> {
    return this.enrolment.createNonce(new Date());
  }

  @Route(deviceRoutes.renewCredential)
  renew(@Input() { body }: RouteInput<Routes['renewCredential']>): Promise<RouteOutput<Routes['renewCredential']>> {
    return this.enrolment.renew(body, new Date());
  }
}
