import { z } from 'zod';
import { createdFilters, listQuery } from '../common/list-query.js';
import { idSchema, timestampSchema } from '../common/primitives.js';
import { gateResultSchema } from './gates.js';

const commentSchema = z.string().max(2000).default('');

export const approveSchema = z
  .object({
    comment: commentSchema,
    override: z
      .strictObject({ reason: z.string().trim().min(1).max(2000) })
      .optional()
      .meta({
        description: "An admin's word that failed gates, or a request of their own, are no obstacle. Shown for ever",
      }),
  })
  .strict();
export const withdrawApprovalSchema = z.object({ comment: commentSchema }).strict();

/** One person's yes. */
export const approvalSchema = z.object({
  by: z.string().meta({ description: 'Who it was, whichever key was used' }),
  name: z.string(),
  comment: z.string(),
  override: z
    .object({ reason: z.string(), of: z.array(z.string()) })
    .nullable()
    .meta({ description: 'What an admin passed over, and why: gates by name, `own_request`' }),
  createdAt: timestampSchema,
  withdrawnAt: timestampSchema.nullable(),
});
export type Approval = z.infer<typeof approvalSchema>;

/** A version that waits for a decision, or has had one. */
export const approvalRequestSchema = z.object({
  modulatorVersionId: idSchema('modulatorVersion'),
  modulatorId: idSchema('modulator'),
  version: z.int().positive(),
  taskId: idSchema('task'),
  taskName: z.string(),
  state: z.enum(['waiting', 'approved', 'rejected']),
  top1: z.number(),
  trainingJobId: idSchema('trainingJob'),
  requestedBy: z.string().meta({ description: 'Who ordered the training, and so may not approve its result' }),
  requiredApprovals: z.int().positive(),
  approvals: z.array(approvalSchema).meta({ description: 'In their order, withdrawn ones included' }),
  gates: z
    .object({ passed: z.boolean(), inTheWay: z.array(gateResultSchema) })
    .nullable()
    .meta({ description: 'By the latest report; null where none was made' }),
  decidedBy: z.string().nullable(),
  decidedAt: timestampSchema.nullable(),
  comment: z.string().nullable(),
  createdAt: timestampSchema,
});
export type ApprovalRequest = z.infer<typeof approvalRequestSchema>;

export const listApprovalsQuerySchema = listQuery(['createdAt'], {
  state: z.enum(['waiting', 'approved', 'rejected']).default('waiting'),
  task: z.string().min(1).max(64).optional().meta({ description: 'Id or name of a task' }),
  ...createdFilters,
});
export type ListApprovalsQuery = z.infer<typeof listApprovalsQuerySchema>;
