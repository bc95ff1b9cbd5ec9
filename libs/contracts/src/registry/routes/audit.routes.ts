import { pageOf } from '../../common/primitives.js';
import { defineRoutes } from '../../common/route.js';
import * as audit from '../audit.js';
import { ADMINS } from './access.js';

export const auditRoutes = defineRoutes({
  listAuditEvents: {
    operationId: 'listAuditEvents',
    method: 'get',
    path: '/v1/audit-events',
    tag: 'Audit',
    access: ADMINS,
    summary: 'List what was changed, newest first',
    query: audit.listAuditEventsQuerySchema,
    success: { status: 200, body: pageOf(audit.auditEventSchema) },
    errors: [],
  },
  exportAuditEvents: {
    operationId: 'exportAuditEvents',
    method: 'get',
    path: '/v1/audit-events/export',
    tag: 'Audit',
    access: ADMINS,
    summary: 'Export what was changed, oldest first, one JSON object a line',
    query: audit.exportAuditEventsQuerySchema,
    success: { status: 200, body: 'application/x-ndjson' },
    errors: [],
    cost: 50,
  },
  verifyAuditEvents: {
    operationId: 'verifyAuditEvents',
    method: 'get',
    path: '/v1/audit-events/verify',
    tag: 'Audit',
    access: 'installation-admin',
    scope: 'installation',
    summary: 'Recompute the hash chain and compare it with its signed checkpoints',
    query: audit.verifyAuditQuerySchema,
    success: { status: 200, body: audit.auditVerificationSchema },
    errors: [],
    cost: 50,
  },
  createAuditCheckpoint: {
    operationId: 'createAuditCheckpoint',
    method: 'post',
    path: '/v1/audit-checkpoints',
    tag: 'Audit',
    access: 'installation-admin',
    keyScope: 'admin:write',
    scope: 'installation',
    summary: 'Sign the present end of the chain; keep the answer where nobody can change it',
    success: { status: 201, body: audit.auditCheckpointSchema },
    errors: ['conflict'],
  },
});
