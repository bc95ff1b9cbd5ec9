import { z } from 'zod';
import { BASE64URL_PATTERN } from '../common/patterns.js';
import { digestSchema, slugSchema, timestampSchema } from '../common/primitives.js';
import { MANIFEST_TYPE, MAX_DELTAS, MAX_GROUP_LENGTH, MAX_SLOTS, MAX_TRUSTED_KEYS } from './constants.js';
import { STATEMENT_TYPE, TRUST_ROOT_TYPE } from './constants.js';
import { trustRootSchema } from './enrolment.js';

const base64url = z.string().regex(BASE64URL_PATTERN);

/** Flattened JWS JSON serialisation, RFC 7515 section 7.2.2. */
export const flattenedJwsSchema = z.object({ protected: base64url, payload: base64url, signature: base64url });
export type FlattenedJws = z.infer<typeof flattenedJwsSchema>;

/** What the release key signs: this modulator may serve this task on this base. */
export const statementSchema = z.object({
  type: z.literal(STATEMENT_TYPE),
  modulatorDigest: digestSchema,
  baseDigest: digestSchema,
  task: z.string(),
  version: z.int().positive(),
});
export type Statement = z.infer<typeof statementSchema>;

/** What a release key signs when the keys change: from now on these are the keys to trust. */
export const trustRootDocumentSchema = z.object({
  type: z.literal(TRUST_ROOT_TYPE),
  version: z.int().positive(),
  keys: trustRootSchema.shape.keys.min(1).max(MAX_TRUSTED_KEYS),
});
export type TrustRootDocument = z.infer<typeof trustRootDocumentSchema>;

export const manifestSlotSchema = z.object({
  /** Named like its task; a name that is safe in paths, as object keys and on terminals. */
  slot: slugSchema,
  task: slugSchema,
  modulatorVersion: z.int().positive(),
  digest: digestSchema,
  size: z.int().positive(),
  encoding: z.enum(['f32', 'f16', 'i8']),
  labelsDigest: digestSchema,
  statement: flattenedJwsSchema,
  deltas: z
    .array(z.object({ from: digestSchema, digest: digestSchema, size: z.int().positive(), encoding: z.string() }))
    .max(MAX_DELTAS),
});
export type ManifestSlot = z.infer<typeof manifestSlotSchema>;

/** The signed desired state of a cohort: what every device of it should hold. */
export const manifestSchema = z.object({
  type: z.literal(MANIFEST_TYPE),
  /** Id of the group that the cohort's devices enrolled into: another group's device refuses it. */
  group: z.string().min(1).max(MAX_GROUP_LENGTH),
  cohort: z.string(),
  version: z.int().nonnegative(),
  issuedAt: timestampSchema,
  expiresAt: timestampSchema,
  base: z.object({ digest: digestSchema }),
  slots: z.array(manifestSlotSchema).max(MAX_SLOTS),
  /** A trust root document, once for each release key that vouches for it; absent before the first change of keys. */
  trustRoot: z.array(flattenedJwsSchema).max(MAX_TRUSTED_KEYS).optional(),
});
export type Manifest = z.infer<typeof manifestSchema>;
