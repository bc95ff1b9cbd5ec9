import { keyScopeOf, type Access, type KeyScope, type Principal, type RouteDefinition } from '@kernelcast/contracts';

/** Whether somebody may call an operation. An admin may call any of a project; a device never acts for a person. */
export const mayCall = (
  { role, installationAdmin }: Pick<Principal, 'role' | 'installationAdmin'>,
  access: Access,
): boolean => {
  if (access === 'public') return true;
  if (access === 'device') return false;
  if (access === 'installation-admin') return installationAdmin;
  return role === 'admin' || access.includes(role);
};

/** Whether a credential that is narrowed to some scopes, or to none in particular, may call an operation. */
export const isInScope = (
  scopes: readonly KeyScope[] | null,
  route: Pick<RouteDefinition, 'method' | 'keyScope'>,
): boolean => {
  if (!scopes) return true;
  const needed = keyScopeOf(route);
  return needed !== undefined && scopes.includes(needed);
};

const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Whether a request with a session cookie may change something: browsers send the origin of the page with each such
 * request, and only our own pages may act for who is logged in. The cookie's `SameSite=Strict` says the same; this
 * also holds for other sites under our own domain.
 */
export const isFromOwnPage = (request: {
  readonly method: string;
  readonly host: string | undefined;
  readonly origin: string | undefined;
}): boolean => {
  const { method, host, origin } = request;
  if (SAFE_METHODS.has(method)) return true;
  if (origin === undefined || host === undefined || !URL.canParse(origin)) return false;
  return new URL(origin).host === host;
};

/** The token of an `Authorization: Bearer` header. */
export const bearerToken = (authorization: string | undefined): string | undefined =>
  /^Bearer ([^\s]+)$/i.exec(authorization ?? '')?.[1];
