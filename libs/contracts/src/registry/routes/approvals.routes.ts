import { z } from 'zod';
import { idSchema, pageOf } from '../../common/primitives.js';
import { defineRoutes } from '../../common/route.js';
import * as approvals from '../approvals.js';
import { gateReportQuerySchema, gateReportSchema } from '../gates.js';
import { modulatorVersionSchema } from '../modulators.js';
import { APPROVERS, EVERYONE, TRAINERS } from './access.js';

const params = z.object({ id: idSchema('modulator'), version: z.coerce.number().int().positive() });

/** From a registered version to a decision: its gates, and people's yes or no. */
export const approvalRoutes = defineRoutes({
  listApprovals: {
    operationId: 'listApprovals',
    method: 'get',
    path: '/v1/approvals',
    tag: 'Approvals',
    access: EVERYONE,
    summary: 'List versions that wait for a decision, or have had one, newest first',
    query: approvals.listApprovalsQuerySchema,
    success: { status: 200, body: pageOf(approvals.approvalRequestSchema) },
    errors: [],
  },
  getVersionApproval: {
    operationId: 'getVersionApproval',
    method: 'get',
    path: '/v1/modulators/{id}/versions/{version}/approval',
    tag: 'Approvals',
    access: EVERYONE,
    summary: 'Where the approval of a version stands',
    params,
    success: { status: 200, body: approvals.approvalRequestSchema },
    errors: ['modulator_not_found'],
    concurrency: 'etag',
  },
  withdrawApproval: {
    operationId: 'withdrawApproval',
    method: 'post',
    path: '/v1/modulators/{id}/versions/{version}/withdraw-approval',
    tag: 'Approvals',
    access: APPROVERS,
    keyScope: 'modulators:approve',
    summary: 'Take back the own yes, as long as nothing is decided',
    params,
    body: approvals.withdrawApprovalSchema,
    success: { status: 200, body: modulatorVersionSchema },
    errors: ['modulator_not_found', 'conflict'],
  },
  getGateReport: {
    operationId: 'getGateReport',
    method: 'get',
    path: '/v1/modulators/{id}/versions/{version}/gates',
    tag: 'Approvals',
    access: EVERYONE,
    summary: 'What the gates of its task say of a version: the latest report, or an older one by its number',
    params,
    query: gateReportQuerySchema,
    success: { status: 200, body: gateReportSchema },
    errors: ['modulator_not_found', 'gate_report_not_found'],
    concurrency: 'etag',
  },
  evaluateGates: {
    operationId: 'evaluateGates',
    method: 'post',
    path: '/v1/modulators/{id}/versions/{version}/gates/evaluate',
    tag: 'Approvals',
    access: [...TRAINERS, ...APPROVERS],
    keyScope: 'modulators:approve',
    summary: 'Evaluate the gates of the task as they are now; a new report is kept when it says anything new',
    params,
    success: { status: 200, body: gateReportSchema },
    errors: ['modulator_not_found'],
    cost: 20,
  },
});
