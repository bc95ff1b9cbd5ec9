import { registryRoutes, type Page, type RouteInput, type RouteOutput, type Session } from '@kernelcast/contracts';
import { AppError, Input, Route } from '@kernelcast/platform';
import { Controller, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Actor } from '../../changes/actor.js';
import { CurrentActor } from '../current-actor.decorator.js';
import type { CreatedSession } from '../identity.types.js';
import { Logins } from '../logins/logins.service.js';
import { isFromOwnPage } from '../request-checks.js';
import { authenticatedOf } from '../request-principal.js';
import { SESSION_COOKIE, sessionCookieOptions } from './session-cookie.js';
import { SessionsService } from './sessions.service.js';

@Controller()
export class SessionsController {
  constructor(
    private readonly logins: Logins,
    private readonly sessions: SessionsService,
  ) {}

  @Route(registryRoutes.createSession)
  async create(
    @Input() { body }: RouteInput<typeof registryRoutes.createSession>,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<CreatedSession> {
    const { method, host, headers, id: requestId, ip } = request;
    if (headers.origin !== undefined && !isFromOwnPage({ method, host, origin: headers.origin })) {
      throw new AppError('forbidden', 'Only our own pages may log in');
    }
    const origin = { userAgent: headers['user-agent'], requestId };
    const { session, answer } = await this.logins.logIn(body, origin, ip);
    if (body.as === 'cookie') {
      const { token, expiresAt } = session;
      reply.setCookie(SESSION_COOKIE, token, { ...sessionCookieOptions(request), expires: expiresAt });
    }
    return answer;
  }

  @Route(registryRoutes.listSessions)
  list(
    @Req() request: FastifyRequest,
    @Input() { query }: RouteInput<typeof registryRoutes.listSessions>,
  ): Promise<Page<Session>> {
    return this.sessions.list(authenticatedOf(request).identity, query);
  }

  @Route(registryRoutes.deleteSession)
  async delete(
    @CurrentActor() actor: Actor,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<void> {
    const { identity } = authenticatedOf(request);
    if (identity.sessionId) await this.sessions.end(identity, identity.sessionId, actor);
    reply.clearCookie(SESSION_COOKIE, sessionCookieOptions(request));
  }

  @Route(registryRoutes.revokeSession)
  revoke(
    @CurrentActor() actor: Actor,
    @Req() request: FastifyRequest,
    @Input() { params }: RouteInput<typeof registryRoutes.revokeSession>,
  ): Promise<void> {
    return this.sessions.end(authenticatedOf(request).identity, params.id, actor);
  }

  @Route(registryRoutes.getPrincipal)
  whoAmI(@Req() request: FastifyRequest): RouteOutput<typeof registryRoutes.getPrincipal> {
    const { principal, identity } = authenticatedOf(request);
    const memberships = identity.memberships.map(({ project, role }) => ({
      projectId: project.id,
      projectName: project.name,
      role,
    }));
    const scopes = identity.scopes && [...identity.scopes];
    return { ...principal, kind: identity.kind, memberships, scopes };
  }
}
