import { z } from 'zod';
import { HEX_DIGEST_PATTERN, idPattern, SLUG_LENGTH, SLUG_PATTERN } from './patterns.js';

/** SHA-256 of some bytes, as it is written everywhere: in the database, in manifests, in URLs. */
export const digestSchema = z
  .templateLiteral(['sha256:', z.string().regex(HEX_DIGEST_PATTERN)])
  .meta({ description: 'SHA-256 digest, `sha256:<64 hex digits>`' });
export type Digest = z.infer<typeof digestSchema>;

export const idPrefixes = {
  apiKey: 'key',
  auditEvent: 'aud',
  baseNetwork: 'base',
  dataset: 'ds',
  datasetUpload: 'upl',
  datasetVersion: 'dsv',
  device: 'dev',
  deviceGroup: 'grp',
  enrolmentToken: 'enr',
  garbageCollection: 'gc',
  modulator: 'mod',
  modulatorVersion: 'mdv',
  project: 'prj',
  passwordReset: 'pwr',
  rollout: 'rol',
  session: 'ses',
  task: 'task',
  trainer: 'trn',
  trainingJob: 'job',
  versionApproval: 'vap',
  webhook: 'whk',
  webhookDelivery: 'whd',
  webhookEvent: 'evt',
  user: 'usr',
} as const;
export type IdKind = keyof typeof idPrefixes;

/** A prefixed ULID such as `job_01J9Z3K2Q4R5S6T7V8W9X0Y1Z2` (https://github.com/ulid/spec). */
export const idSchema = (kind: IdKind) =>
  z.string().regex(idPattern(idPrefixes[kind]), `must be an id like ${idPrefixes[kind]}_01J…`);

/** Names people type: lower case, digits and inner hyphens. */
export const slugSchema = z
  .string()
  .min(1)
  .max(SLUG_LENGTH)
  .regex(SLUG_PATTERN, 'must be lower-case letters, digits and inner hyphens');

/** RFC 3339 in UTC. */
export const timestampSchema = z.iso.datetime();

export const PAGE_LIMIT_DEFAULT = 50;
export const PAGE_LIMIT_MAX = 200;

export const pageQuerySchema = z.object({
  limit: z.coerce.number().int().min(1).max(PAGE_LIMIT_MAX).default(PAGE_LIMIT_DEFAULT),
  after: z.string().max(64).optional().meta({ description: '`nextCursor` of the page before' }),
});
export type PageQuery = z.infer<typeof pageQuerySchema>;

export const pageOf = <T extends z.ZodType>(item: T) =>
  z.object({ data: z.array(item), nextCursor: z.string().nullable() });
export interface Page<T> {
  data: T[];
  nextCursor: string | null;
}

export const roleSchema = z.enum(['viewer', 'trainer', 'approver', 'operator', 'admin']);
export type Role = z.infer<typeof roleSchema>;
