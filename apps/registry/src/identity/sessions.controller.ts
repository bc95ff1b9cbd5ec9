import { registryRoutes, type Principal, type RouteInput } from '@kernelcast/contracts';
import { AppError, Input, Route } from '@kernelcast/platform';
import { Controller, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { IdentityService } from './identity.service.js';
import { ProjectsService } from '../projects/projects.service.js';
import { isFromOwnPage } from './request-checks.js';
import { authenticatedOf } from './request-principal.js';
import { SESSION_COOKIE, sessionCookieOptions } from './session-cookie.js';

@Controller()
export class SessionsController {
  constructor(
    private readonly identity: IdentityService,
    private readonly projects: ProjectsService,
  ) {}

  @Route(registryRoutes.createSession)
  async create(
    @Input() { body }: RouteInput<typeof registryRoutes.createSession>,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Principal> {
    const { method, host, headers } = request;
    if (headers.origin !== undefined && !isFromOwnPage({ method, host, origin: headers.origin })) {
      throw new AppError('forbidden', 'Only our own pages may log in');
    }
    const { identity, token, expiresAt } = await this.identity.openSession(body.apiKey);
    reply.setCookie(SESSION_COOKIE, token, { ...sessionCookieOptions(request), expires: expiresAt });
    return (await this.projects.enter(identity, undefined)).principal;
  }

  @Route(registryRoutes.deleteSession)
  async delete(@Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply): Promise<void> {
    const { sessionToken } = authenticatedOf(request);
    if (sessionToken) await this.identity.closeSession(sessionToken);
    reply.clearCookie(SESSION_COOKIE, sessionCookieOptions(request));
  }

  @Route(registryRoutes.getPrincipal)
  whoAmI(@Req() request: FastifyRequest): Principal {
    return authenticatedOf(request).principal;
  }
}
