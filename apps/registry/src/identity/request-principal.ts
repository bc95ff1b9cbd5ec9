import type { Principal } from '@kernelcast/contracts';
import type { FastifyRequest } from 'fastify';
import type { CredentialIdentity } from './identity.types.js';

/** Who makes a request. */
interface Authenticated {
  readonly principal: Principal;
  /** With every project that they may act in. */
  readonly identity: CredentialIdentity;
}

const known = new WeakMap<FastifyRequest, Authenticated>();

/** Remembers who makes a request, for as long as the request lives. */
export const setAuthenticated = (request: FastifyRequest, who: Authenticated): void => {
  known.set(request, who);
};

/** @throws Error on an operation that is open to the public: nobody was asked who they are. */
export const authenticatedOf = (request: FastifyRequest): Authenticated => {
  const who = known.get(request);
  if (!who) throw new Error(`nobody is authenticated on ${request.method} ${request.routeOptions.url}`);
  return who;
};
