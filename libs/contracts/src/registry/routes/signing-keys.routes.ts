import { z } from 'zod';
import { defineRoutes } from '../../common/route.js';
import * as keys from '../signing-keys.js';

const byKid = z.object({ kid: z.string().regex(/^[A-Za-z0-9_-]{1,64}$/) });
const common = { tag: 'Signing keys', access: 'installation-admin', scope: 'installation' } as const;

export const signingKeyRoutes = defineRoutes({
  listSigningKeys: {
    ...common,
    operationId: 'listSigningKeys',
    method: 'get',
    path: '/v1/signing-keys',
    summary: 'List the signing keys, their public parts',
    success: { status: 200, body: keys.signingKeysSchema },
    errors: [],
  },
  publishSigningKey: {
    ...common,
    operationId: 'publishSigningKey',
    method: 'post',
    keyScope: 'admin:write',
    path: '/v1/signing-keys',
    summary: 'Make the next release key: devices learn to trust it, it does not sign yet',
    success: { status: 201, body: keys.signingKeySchema },
    errors: ['conflict'],
  },
  activateSigningKey: {
    ...common,
    operationId: 'activateSigningKey',
    method: 'post',
    keyScope: 'admin:write',
    path: '/v1/signing-keys/{kid}/activate',
    summary: 'Sign with a published key from now on; the one before only verifies',
    params: byKid,
    success: { status: 200, body: keys.signingKeySchema },
    errors: ['not_found', 'conflict'],
  },
  retireSigningKey: {
    ...common,
    operationId: 'retireSigningKey',
    method: 'post',
    keyScope: 'admin:write',
    path: '/v1/signing-keys/{kid}/retire',
    summary: 'Retire a key, or let devices trust it no more when it is compromised',
    params: byKid,
    body: keys.retireSigningKeySchema,
    success: { status: 200, body: keys.signingKeySchema },
    errors: ['not_found', 'conflict'],
  },
  renewStatements: {
    ...common,
    operationId: 'renewStatements',
    method: 'post',
    keyScope: 'admin:write',
    path: '/v1/signing-keys/renew-statements',
    summary: 'Sign the statements in force again that another key than the active one has signed',
    success: { status: 200, body: keys.renewedStatementsSchema },
    errors: [],
    cost: 50,
  },
});
