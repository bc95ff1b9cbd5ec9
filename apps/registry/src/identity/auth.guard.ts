import { AppError, routeOf } from '@kernelcast/platform';
import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { IdentityService } from './identity.service.js';
import { bearerToken, isFromOwnPage, mayCall } from './request-checks.js';
import { setAuthenticated, type Authenticated } from './request-principal.js';
import { SESSION_COOKIE } from './session-cookie.js';

/**
 * Asks every caller of an operation of the contracts who they are, and whether their role may call it. What lies
 * outside of the contracts (health, the OpenAPI document, the dashboard's files) is public.
 */
@Injectable()
export class AuthGuard implements CanActivate {
  constructor(private readonly identity: IdentityService) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const route = routeOf(context);
    if (!route || route.access === 'public') return true;
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const who = await this.authenticate(request);
    if (!mayCall(who.principal.role, route.access)) {
      throw new AppError('forbidden', `The role ${who.principal.role} may not call ${route.operationId}`);
    }
    setAuthenticated(request, who);
    return true;
  }

  private async authenticate(request: FastifyRequest): Promise<Authenticated> {
    const { authorization } = request.headers;
    if (authorization !== undefined) {
      return { principal: await this.identity.principalOfKey(bearerToken(authorization) ?? '') };
    }
    const sessionToken = request.cookies[SESSION_COOKIE];
    if (!sessionToken) throw new AppError('unauthenticated', 'Send an API key as a bearer token, or log in');
    const { method, host, headers } = request;
    if (!isFromOwnPage({ method, host, origin: headers.origin })) {
      throw new AppError('forbidden', 'A session may only be used by our own pages');
    }
    return { principal: await this.identity.principalOfSession(sessionToken), sessionToken };
  }
}
