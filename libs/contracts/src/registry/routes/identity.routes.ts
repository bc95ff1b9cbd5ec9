import { pageOf, pageQuerySchema } from '../../common/primitives.js';
import { defineRoutes } from '../../common/route.js';
import * as identity from '../identity.js';
import { ADMINS, EVERYONE } from './access.js';

export const identityRoutes = defineRoutes({
  createSession: {
    operationId: 'createSession',
    method: 'post',
    path: '/v1/sessions',
    tag: 'Identity',
    access: 'public',
    scope: 'installation',
    summary: 'Exchange an API key for a session cookie (for the dashboard)',
    body: identity.createSessionSchema,
    success: { status: 201, body: identity.principalSchema },
    errors: ['unauthenticated', 'forbidden'],
  },
  deleteSession: {
    operationId: 'deleteSession',
    method: 'delete',
    path: '/v1/sessions/current',
    tag: 'Identity',
    access: EVERYONE,
    scope: 'installation',
    summary: 'Log out',
    success: { status: 204, body: null },
    errors: [],
  },
  getPrincipal: {
    operationId: 'getPrincipal',
    method: 'get',
    path: '/v1/me',
    tag: 'Identity',
    access: EVERYONE,
    scope: 'installation',
    summary: 'Who am I',
    success: { status: 200, body: identity.principalSchema },
    errors: [],
  },
  createApiKey: {
    operationId: 'createApiKey',
    method: 'post',
    path: '/v1/api-keys',
    tag: 'Identity',
    access: ADMINS,
    summary: 'Create an API key (shown once)',
    body: identity.createApiKeySchema,
    success: { status: 201, body: identity.createdApiKeySchema },
    errors: [],
  },
  listApiKeys: {
    operationId: 'listApiKeys',
    method: 'get',
    path: '/v1/api-keys',
    tag: 'Identity',
    access: ADMINS,
    summary: 'List API keys',
    query: pageQuerySchema,
    success: { status: 200, body: pageOf(identity.apiKeySchema) },
    errors: [],
  },
});
