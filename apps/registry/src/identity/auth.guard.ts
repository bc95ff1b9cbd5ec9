import { keyScopeOf, PROJECT_HEADER, type RouteDefinition } from '@kernelcast/contracts';
import { AppError, routeOf } from '@kernelcast/platform';
import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { EnteredProject } from '../projects/project-access.js';
import { ProjectsService } from '../projects/projects.service.js';
import { RateLimits } from '../rate-limits/rate-limits.service.js';
import { IdentityService } from './identity.service.js';
import type { CredentialIdentity } from './identity.types.js';
import { bearerToken, isFromOwnPage, isInScope, mayCall } from './request-checks.js';
import { setAuthenticated } from './request-principal.js';
import { SESSION_COOKIE } from './sessions/session-cookie.js';

/**
 * Asks every caller of an operation of the contracts who they are, in which project they act, and whether their role
 * there may call it. What lies outside of the contracts (health, the OpenAPI document, the dashboard's files) is public.
 */
@Injectable()
export class AuthGuard implements CanActivate {
  constructor(
    private readonly identity: IdentityService,
    private readonly projects: ProjectsService,
    private readonly limits: RateLimits,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const route = routeOf(context);
    if (!route) return true;
    const http = context.switchToHttp();
    const [request, reply] = [http.getRequest<FastifyRequest>(), http.getResponse<FastifyReply>()];
    if (route.access === 'public') {
      await this.limits.admit({ address: request.ip }, route, reply);
      return true;
    }
    const identity = await this.identified(request, route, reply);
    const anyProject = route.scope === 'installation';
    const { principal, project } = await this.projects.enter(identity, projectNamedBy(request), { anyProject });
    if (!mayCall(principal, route.access)) {
      throw new AppError('forbidden', `The role ${principal.role} may not call ${route.operationId}`);
    }
    if (!isInScope(identity.scopes, route)) {
      const needed = keyScopeOf(route);
      throw new AppError('forbidden', `The API key lacks the scope ${needed ?? 'of an unrestricted key'}`);
    }
    assertOpen(project, route);
    setAuthenticated(request, { identity, principal });
    return true;
  }

  /** Who comes, within their limit. Who cannot prove to be anybody spends what their address may ask for. */
  private async identified(
    request: FastifyRequest,
    route: RouteDefinition,
    reply: FastifyReply,
  ): Promise<CredentialIdentity> {
    let identity: CredentialIdentity;
    try {
      identity = await this.authenticate(request);
    } catch (error) {
      await this.limits.admit({ address: request.ip }, route, reply);
      throw error;
    }
    await this.limits.admit(identity, route, reply);
    return identity;
  }

  private async authenticate(request: FastifyRequest): Promise<CredentialIdentity> {
    const { authorization } = request.headers;
    if (authorization !== undefined) return this.identity.identityOfBearer(bearerToken(authorization) ?? '');
    const cookie = request.cookies[SESSION_COOKIE];
    if (!cookie)
      throw new AppError('unauthenticated', 'Send an API key or a session token as a bearer token, or log in');
    const { method, host, headers } = request;
    if (!isFromOwnPage({ method, host, origin: headers.origin })) {
      throw new AppError('forbidden', 'A session may only be used by our own pages');
    }
    return this.identity.identityOfCookie(cookie);
  }
}

const projectNamedBy = ({ headers }: FastifyRequest): string | undefined => {
  const named = headers[PROJECT_HEADER];
  return Array.isArray(named) ? named.join() : named;
};

/** @throws AppError `project_archived` on a change of what an archived project holds */
const assertOpen = ({ name, archivedAt }: EnteredProject, { method, scope }: RouteDefinition): void => {
  if (archivedAt === null || method === 'get' || scope === 'installation') return;
  throw new AppError('project_archived', `The project "${name}" is archived: it can be read, and not changed`);
};
