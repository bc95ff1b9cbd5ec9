import * as z from 'zod/mini';
import * as patterns from '../common/patterns.js';
import type { Problem } from '../common/errors.js';
import * as constants from './constants.js';
import type { EnrolResponse, TrustRoot } from './enrolment.js';
import type { FlattenedJws, Manifest, ManifestSlot, Statement, TrustRootDocument } from './manifest.js';
import type { Report } from './reports.js';

/*
 * What a device reads, in a form a fifth of the size in its bundle: the schemas beside are of a library that carries
 * error texts and JSON Schema along. `shapes.spec.ts` holds both to the same answers.
 */

const text = (pattern: RegExp) => z.string().check(z.regex(pattern));
const textOf = (minimum: number, maximum: number) => z.string().check(z.minLength(minimum), z.maxLength(maximum));
const listOf = <T extends z.ZodMiniType>(item: T, maximum: number) => z.array(item).check(z.maxLength(maximum));
const positive = z.int().check(z.gte(1));
const nonnegative = z.int().check(z.gte(0));

export const digestShape = z.templateLiteral(['sha256:', text(patterns.HEX_DIGEST_PATTERN)]);
export const deviceIdShape = text(patterns.idPattern('dev'));
export const timestampShape = z.iso.datetime();
const slug = z.string().check(z.minLength(1), z.maxLength(patterns.SLUG_LENGTH), z.regex(patterns.SLUG_PATTERN));
const base64url = text(patterns.BASE64URL_PATTERN);
export const publicKeyShape = text(patterns.PUBLIC_KEY_PATTERN);

export const flattenedJwsShape = z.object({
  protected: base64url,
  payload: base64url,
  signature: base64url,
}) satisfies z.ZodMiniType<FlattenedJws>;

export const statementShape = z.object({
  type: z.literal(constants.STATEMENT_TYPE),
  modulatorDigest: digestShape,
  baseDigest: digestShape,
  task: z.string(),
  version: positive,
}) satisfies z.ZodMiniType<Statement>;

const trustedKey = z.object({ kid: z.string(), role: z.enum(['release', 'manifest']), publicKey: publicKeyShape });
export const trustRootShape = z.object({
  version: z.optional(nonnegative),
  keys: z.array(trustedKey),
}) satisfies z.ZodMiniType<TrustRoot>;

export const trustRootDocumentShape = z.object({
  type: z.literal(constants.TRUST_ROOT_TYPE),
  version: positive,
  keys: z.array(trustedKey).check(z.minLength(1), z.maxLength(constants.MAX_TRUSTED_KEYS)),
}) satisfies z.ZodMiniType<TrustRootDocument>;

export const manifestSlotShape = z.object({
  slot: slug,
  task: slug,
  modulatorVersion: positive,
  digest: digestShape,
  size: positive,
  encoding: z.enum(['f32', 'f16', 'i8']),
  labelsDigest: digestShape,
  statement: flattenedJwsShape,
  deltas: listOf(
    z.object({ from: digestShape, digest: digestShape, size: positive, encoding: z.string() }),
    constants.MAX_DELTAS,
  ),
}) satisfies z.ZodMiniType<ManifestSlot>;

export const manifestShape = z.object({
  type: z.literal(constants.MANIFEST_TYPE),
  group: textOf(1, constants.MAX_GROUP_LENGTH),
  cohort: z.string(),
  version: nonnegative,
  issuedAt: timestampShape,
  expiresAt: timestampShape,
  base: z.object({ digest: digestShape }),
  slots: listOf(manifestSlotShape, constants.MAX_SLOTS),
  trustRoot: z.optional(listOf(flattenedJwsShape, constants.MAX_TRUSTED_KEYS)),
}) satisfies z.ZodMiniType<Manifest>;

const credentialFields = { credential: z.string(), credentialExpiresAt: timestampShape };
export const credentialResponseShape = z.object(credentialFields);
export const nonceResponseShape = z.object({ nonce: z.string(), expiresAt: timestampShape });
export const enrolResponseShape = z.object({
  deviceId: deviceIdShape,
  groupId: textOf(1, constants.MAX_GROUP_LENGTH),
  ...credentialFields,
  trustRoot: trustRootShape,
}) satisfies z.ZodMiniType<EnrolResponse>;

const durations = z
  .record(textOf(0, 32), z.number().check(z.gte(0), z.lte(constants.MAX_DURATION_MS)))
  .check(z.refine((given) => Object.keys(given).length <= constants.MAX_DURATIONS));
export const reportShape = z.object({
  seq: positive,
  at: timestampShape,
  slot: textOf(1, 64),
  digest: z.nullable(digestShape),
  phase: z.enum(['downloading', 'verified', 'active', 'failed', 'reverted']),
  code: z.nullable(textOf(0, 64)),
  detail: z.nullable(textOf(0, 500)),
  durations: z._default(durations, {}),
  selfTest: z.nullable(z.object({ passed: z.boolean(), maxError: z.number() })),
}) satisfies z.ZodMiniType<Report>;
export const reportsResponseShape = z.object({ acceptedThrough: nonnegative });

/** As much of a problem document as a device uses. */
export const problemShape = z.partial(z.object({ code: z.string(), detail: z.string() })) satisfies z.ZodMiniType<
  Partial<Problem>
>;
