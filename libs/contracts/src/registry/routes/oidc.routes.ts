import { z } from 'zod';
import { defineRoutes } from '../../common/route.js';
import { EVERYONE } from './access.js';

export const oidcRoutes = defineRoutes({
  oidcLogin: {
    operationId: 'oidcLogin',
    method: 'get',
    path: '/v1/oidc/login',
    tag: 'Identity',
    access: 'public',
    scope: 'installation',
    summary: 'Send the browser to the OpenID Connect provider',
    query: z.object({
      returnTo: z.string().max(1000).optional().meta({ description: 'Path of our pages to go to afterwards' }),
    }),
    success: { status: 302, body: null },
    errors: ['not_found'],
    cost: 5,
  },
  oidcCallback: {
    operationId: 'oidcCallback',
    method: 'get',
    path: '/v1/oidc/callback',
    tag: 'Identity',
    access: 'public',
    scope: 'installation',
    summary: 'Where the provider sends the browser back to; goes on to our pages, with `loginError` when it failed',
    success: { status: 302, body: null },
    errors: ['not_found'],
    cost: 10,
  },
  oidcLogout: {
    operationId: 'oidcLogout',
    method: 'post',
    path: '/v1/oidc/logout',
    tag: 'Identity',
    access: EVERYONE,
    scope: 'installation',
    keyScope: 'read',
    summary: 'Log out here, and tell where to go to log out at the provider',
    success: { status: 200, body: z.object({ url: z.url().nullable() }) },
    errors: ['not_found'],
  },
});
