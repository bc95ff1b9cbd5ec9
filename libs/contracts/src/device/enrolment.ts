import { z } from 'zod';
import { PUBLIC_KEY_PATTERN } from '../common/patterns.js';
import { digestSchema, idSchema, timestampSchema } from '../common/primitives.js';
import { MAX_GROUP_LENGTH } from './constants.js';

/** A raw Ed25519 public key (RFC 8032): 32 bytes in base64url. */
export const publicKeySchema = z.string().regex(PUBLIC_KEY_PATTERN, 'must be 32 bytes in base64url');
/** A raw Ed25519 signature: 64 bytes in base64url. */
const rawSignatureSchema = z.string().regex(/^[A-Za-z0-9_-]{86}$/, 'must be 64 bytes in base64url');

export const trustRootSchema = z.object({
  /** Rises with every change of the keys; without one it is as it was before the first. */
  version: z.int().nonnegative().optional(),
  keys: z.array(z.object({ kid: z.string(), role: z.enum(['release', 'manifest']), publicKey: publicKeySchema })),
});
export type TrustRoot = z.infer<typeof trustRootSchema>;

export const MAX_ATTRIBUTES = 32;
export const enrolRequestSchema = z
  .object({
    enrolmentToken: z.string().min(1).max(200),
    publicKey: publicKeySchema,
    attributes: z
      .record(z.string().min(1).max(64), z.string().max(256))
      .refine((attributes) => Object.keys(attributes).length <= MAX_ATTRIBUTES, `at most ${MAX_ATTRIBUTES} attributes`)
      .default({}),
    baseDigests: z.array(digestSchema).min(1).max(16),
    runtime: z.string().max(120),
  })
  .strict();
export type EnrolRequest = z.infer<typeof enrolRequestSchema>;

const credentialFields = { credential: z.string(), credentialExpiresAt: timestampSchema };
export const enrolResponseSchema = z.object({
  deviceId: idSchema('device'),
  groupId: z.string().min(1).max(MAX_GROUP_LENGTH).meta({ description: 'Group of the token; every manifest names it' }),
  ...credentialFields,
  trustRoot: trustRootSchema,
});
export type EnrolResponse = z.infer<typeof enrolResponseSchema>;

export const nonceResponseSchema = z.object({ nonce: z.string(), expiresAt: timestampSchema });
export const credentialRequestSchema = z
  .object({ deviceId: idSchema('device'), nonce: z.string().max(200), signature: rawSignatureSchema })
  .strict();
export const credentialResponseSchema = z.object(credentialFields);
