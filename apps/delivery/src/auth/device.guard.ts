import { createParamDecorator, Injectable } from '@nestjs/common';
import type { CanActivate, ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { DeviceAuth } from './device-auth.service.js';
import type { DeviceSession } from './device-auth.service.js';

const sessions = new WeakMap<FastifyRequest, DeviceSession>();

/** Lets devices in whose credential holds. */
@Injectable()
export class DeviceGuard implements CanActivate {
  constructor(private readonly auth: DeviceAuth) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    sessions.set(request, await this.auth.authenticate(request.headers.authorization, new Date()));
    return true;
  }
}

/** The `DeviceSession` of a handler behind {@link DeviceGuard}. */
export const Session = createParamDecorator((_: unknown, context: ExecutionContext): DeviceSession => {
  const session = sessions.get(context.switchToHttp().getRequest<FastifyRequest>());
  if (session === undefined) throw new Error('@Session() needs DeviceGuard');
  return session;
});
