import { registryRoutes, type RouteInput } from '@kernelcast/contracts';
import { Input, Route, toAppError } from '@kernelcast/platform';
import { Controller, Logger, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Actor } from '../../changes/actor.js';
import { CurrentActor } from '../current-actor.decorator.js';
import { authenticatedOf } from '../request-principal.js';
import { SESSION_COOKIE, sessionCookieOptions } from '../sessions/session-cookie.js';
import { SessionsService } from '../sessions/sessions.service.js';
import { LOGIN_STATE_SECONDS } from './login-state.js';
import { OidcLogins } from './oidc-logins.service.js';

const STATE_COOKIE = 'kernelcast_oidc';

/** `Lax`, since the browser comes back from the provider's pages. */
const stateCookie = ({ protocol }: FastifyRequest) =>
  ({ path: '/v1/oidc', httpOnly: true, sameSite: 'lax', secure: protocol === 'https' }) as const;

/** Page of ours that tells why a login failed. */
const failurePage = (code: string): string => `/?loginError=${encodeURIComponent(code)}`;

@Controller()
export class OidcController {
  private readonly logger = new Logger(OidcController.name);

  constructor(
    private readonly logins: OidcLogins,
    private readonly sessions: SessionsService,
  ) {}

  @Route(registryRoutes.oidcLogin)
  async login(
    @Input() { query }: RouteInput<typeof registryRoutes.oidcLogin>,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<void> {
    await this.goOn(reply, async () => {
      const { url, sealed } = await this.logins.begin(query.returnTo);
      reply.setCookie(STATE_COOKIE, sealed, { ...stateCookie(request), maxAge: LOGIN_STATE_SECONDS });
      return url.href;
    });
  }

  @Route(registryRoutes.oidcCallback)
  async callback(@Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply): Promise<void> {
    await this.goOn(reply, async () => {
      const { url, cookies, headers, id: requestId } = request;
      reply.clearCookie(STATE_COOKIE, stateCookie(request));
      const query = url.slice(url.indexOf('?') + 1);
      const about = { userAgent: headers['user-agent'], requestId };
      const { session, returnTo } = await this.logins.finish(query, cookies[STATE_COOKIE], about);
      const options = { ...sessionCookieOptions(request), expires: session.expiresAt };
      reply.setCookie(SESSION_COOKIE, session.token, options);
      return returnTo;
    });
  }

  @Route(registryRoutes.oidcLogout)
  async logout(
    @CurrentActor() actor: Actor,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<{ url: string | null }> {
    this.logins.assertConfigured();
    const { identity } = authenticatedOf(request);
    if (identity.sessionId) await this.sessions.end(identity, identity.sessionId, actor);
    reply.clearCookie(SESSION_COOKIE, sessionCookieOptions(request));
    return { url: await this.logins.endSessionUrl() };
  }

  /** People look at this in a browser: a fault leads to a page that can tell them, not to a problem in JSON. */
  private async goOn(reply: FastifyReply, step: () => Promise<string>): Promise<void> {
    this.logins.assertConfigured();
    void reply.header('cache-control', 'no-store');
    try {
      void reply.header('location', await step());
    } catch (error) {
      const { code, detail, cause } = toAppError(error);
      this.logger.warn(
        `a login through the identity provider failed: ${code}: ${detail} ${cause ? String(cause) : ''}`,
      );
      void reply.header('location', failurePage(code));
    }
  }
}
