import { createParamDecorator, Injectable } from '@nestjs/common';
import type { CanActivate, ExecutionContext } from '@nestjs/common';
import { routeOf } from '@kernelcast/platform';
import type { FastifyRequest } from 'fastify';
import { DeviceAuth } from './device-auth.service.js';
import type { DeviceSession } from './device-auth.service.js';

const sessions = new WeakMap<FastifyRequest, DeviceSession>();

/**
 * Lets only devices whose credential holds call an operation of the contracts, but for those that are open to the
 * public. What lies outside of the contracts (health) is public.
 */
@Injectable()
export class DeviceGuard implements CanActivate {
  constructor(private readonly auth: DeviceAuth) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const access = routeOf(context)?.access ?? 'public';
    if (access === 'public') return true;
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    sessions.set(request, await this.auth.authenticate(request.headers.authorization, new Date()));
    return true;
  }
}

/** The `DeviceSession` of a handler whose operation devices alone may call. */
export const Session = createParamDecorator((_: unknown, context: ExecutionContext): DeviceSession => {
  const session = sessions.get(context.switchToHttp().getRequest<FastifyRequest>());
  if (session === undefined) throw new Error(`${context.getHandler().name} is open to the public, nobody was asked`);
  return session;
});
