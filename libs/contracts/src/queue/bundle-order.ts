import { z } from 'zod';
import { digestSchema, idSchema, timestampSchema } from '../common/primitives.js';
import { flattenedJwsSchema } from '../device/manifest.js';

/** Message with which the registry asks delivery for a manifest to carry to devices. */
export const BUNDLE_ORDER = 'bundle.order';

export const bundleOrderSchema = z.object({
  groupId: idSchema('deviceGroup'),
  deviceId: idSchema('device').optional(),
  baseDigest: digestSchema.optional(),
  expiresAt: timestampSchema,
});
export type BundleOrder = z.infer<typeof bundleOrderSchema>;

/** What came of a genuine order; a refusal is an answer, as errors do not cross the transport with their code. */
export const bundleAnswerSchema = z.discriminatedUnion('outcome', [
  z.object({
    outcome: z.literal('signed'),
    manifest: flattenedJwsSchema,
    cohort: z.string(),
    version: z.int().nonnegative(),
    baseDigest: digestSchema,
    modulators: z.array(
      z.object({ task: z.string(), version: z.int().positive(), digest: digestSchema, size: z.int().positive() }),
    ),
  }),
  z.object({
    outcome: z.literal('refused'),
    code: z.enum(['conflict', 'device_not_found']),
    detail: z.string(),
  }),
]);
export type BundleAnswer = z.infer<typeof bundleAnswerSchema>;
