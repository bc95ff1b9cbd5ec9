import { z } from 'zod';
import { flattenedJwsSchema } from '../device/manifest.js';
import { pageQuerySchema, timestampSchema } from '../common/primitives.js';

/** Largest number of an entry that its column holds and that JSON can carry. */
const seqSchema = z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER);

export const auditEventSchema = z.object({
  seq: z.int().positive().meta({ description: 'Rises; a gap is a change that was not made after all' }),
  at: timestampSchema,
  projectId: z.string().nullable().meta({ description: 'None for what concerns the whole installation' }),
  actor: z.string(),
  action: z.string().meta({ description: '`<kind of resource>.<verb>`, such as `task.create`' }),
  resource: z.string(),
  before: z.unknown(),
  after: z.unknown(),
  requestId: z.string(),
  hash: z.string().meta({ description: 'SHA-256 of the entry and of the hash before it, in hexadecimal' }),
});
export type AuditEvent = z.infer<typeof auditEventSchema>;

const filterShape = {
  scope: z
    .enum(['project', 'installation'])
    .default('project')
    .meta({ description: 'Of the project that the request acts in, or of everything: for installation admins' }),
  actor: z.string().min(1).max(64).optional(),
  action: z
    .string()
    .min(1)
    .max(64)
    .optional()
    .meta({ description: 'An action, or all of a kind of resource: `task.*`' }),
  resource: z.string().min(1).max(128).optional().meta({ description: 'Id of what was changed' }),
  from: timestampSchema.optional(),
  to: timestampSchema.optional().meta({ description: 'Up to and without this moment' }),
};
export const listAuditEventsQuerySchema = pageQuerySchema.extend(filterShape);
export const exportAuditEventsQuerySchema = z.object({ ...filterShape, afterSeq: seqSchema.default(0) });
export type AuditFilter = Omit<z.infer<typeof exportAuditEventsQuerySchema>, 'afterSeq' | 'scope'>;

const hashSchema = z.string().regex(/^[0-9a-f]{64}$/, 'must be a SHA-256 in hexadecimal');
export const verifyAuditQuerySchema = z.object({
  seq: seqSchema.optional().meta({ description: 'An entry that must be there, of a checkpoint kept elsewhere' }),
  hash: hashSchema.optional().meta({ description: 'Its hash' }),
});

export const AUDIT_CHECKPOINT_TYPE = 'kernelcast.audit-checkpoint/1';
/** What the release key says of the chain: up to this entry, it was this. */
export const auditCheckpointClaimsSchema = z.object({
  type: z.literal(AUDIT_CHECKPOINT_TYPE),
  seq: z.int().positive(),
  hash: hashSchema,
  entries: z.int().positive().meta({ description: 'Entries up to this one' }),
  signedAt: timestampSchema,
});
export type AuditCheckpointClaims = z.infer<typeof auditCheckpointClaimsSchema>;
export const auditCheckpointSchema = auditCheckpointClaimsSchema.omit({ type: true }).extend({
  kid: z.string().meta({ description: 'The release key that signed it' }),
  statement: flattenedJwsSchema,
});
export type AuditCheckpoint = z.infer<typeof auditCheckpointSchema>;

export const auditVerificationSchema = z.object({
  intact: z.boolean(),
  entries: z.int().nonnegative().meta({ description: 'Entries whose hashes are right, from the first one on' }),
  lastSeq: z.int().nonnegative(),
  lastHash: z.string(),
  checkpoints: z.int().nonnegative().meta({ description: 'Checkpoints that the chain agrees with' }),
  broken: z
    .object({
      seq: z.int().nonnegative().meta({ description: 'The first entry that is wrong, or that is missing' }),
      reason: z.enum(['hash_mismatch', 'checkpoint_mismatch', 'entry_missing', 'checkpoint_invalid']),
      detail: z.string(),
    })
    .nullable(),
});
export type AuditVerification = z.infer<typeof auditVerificationSchema>;
