import type { CookieSerializeOptions } from '@fastify/cookie';

export const SESSION_COOKIE = 'kernelcast_session';

/** Out of reach of scripts and of other sites' requests; over TLS only where we are reached over TLS. */
export const sessionCookieOptions = (request: { readonly protocol: string }): CookieSerializeOptions => ({
  path: '/',
  httpOnly: true,
  sameSite: 'strict',
  secure: request.protocol === 'https',
});
