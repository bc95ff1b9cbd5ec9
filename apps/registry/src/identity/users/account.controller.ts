import { registryRoutes, type RouteInput } from '@kernelcast/contracts';
import { Input, Route } from '@kernelcast/platform';
import { Controller, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Actor } from '../../changes/actor.js';
import { CurrentActor } from '../current-actor.decorator.js';
import { SESSION_COOKIE, sessionCookieOptions } from '../sessions/session-cookie.js';
import { PasswordResets } from './password-resets.service.js';
import { UserPasswords } from './user-passwords.service.js';

/** What people do with their own account. */
@Controller()
export class AccountController {
  constructor(
    private readonly passwords: UserPasswords,
    private readonly resets: PasswordResets,
  ) {}

  @Route(registryRoutes.changeOwnPassword)
  async changePassword(
    @CurrentActor() actor: Actor,
    @Input() { body }: RouteInput<typeof registryRoutes.changeOwnPassword>,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<void> {
    await this.passwords.change(actor, body, request.ip);
    reply.clearCookie(SESSION_COOKIE, sessionCookieOptions(request));
  }

  @Route(registryRoutes.redeemPasswordReset)
  redeemReset(
    @Input() { body }: RouteInput<typeof registryRoutes.redeemPasswordReset>,
    @Req() request: FastifyRequest,
  ): Promise<void> {
    return this.resets.redeem(body, request.id);
  }
}
