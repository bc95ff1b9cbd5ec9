import { registryRoutes, type RouteInput, type RouteOutput, type User } from '@kernelcast/contracts';
import { Input, Route } from '@kernelcast/platform';
import { Controller, Inject, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { OIDC_SETTINGS, type OidcSettings } from '../oidc/oidc.config.js';
import { Bootstrap } from './bootstrap.service.js';

/** What somebody needs who is not logged in yet. */
@Controller()
export class BootstrapController {
  constructor(
    private readonly bootstrap: Bootstrap,
    @Inject(OIDC_SETTINGS) private readonly oidc: OidcSettings | null,
  ) {}

  @Route(registryRoutes.getLoginMethods)
  async methods(): Promise<RouteOutput<typeof registryRoutes.getLoginMethods>> {
    const oidc = this.oidc && { name: this.oidc.name };
    return { password: true, oidc, bootstrap: await this.bootstrap.isOffered() };
  }

  @Route(registryRoutes.bootstrap)
  redeem(
    @Input() { body }: RouteInput<typeof registryRoutes.bootstrap>,
    @Req() request: FastifyRequest,
  ): Promise<User> {
    return this.bootstrap.redeem(body, request.id);
  }
}
