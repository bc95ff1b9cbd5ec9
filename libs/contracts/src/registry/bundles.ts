import { z } from 'zod';
import { digestSchema, idSchema, timestampSchema } from '../common/primitives.js';
import { flattenedJwsSchema } from '../device/manifest.js';

const HOUR_SECONDS = 3_600;
const DAY_SECONDS = 86_400;
/** As long as a manifest that is polled. */
const LIFETIME_DEFAULT_SECONDS = 7 * DAY_SECONDS;
/** A version that is revoked meanwhile can still be brought to a device for as long. */
const LIFETIME_MAX_SECONDS = 90 * DAY_SECONDS;

export const createBundleSchema = z
  .object({
    deviceId: idSchema('device').optional().meta({
      description: 'The device it is for; left out: every device of the group, if all are to run the same',
    }),
    baseDigest: digestSchema.optional().meta({
      description: 'Base network of the devices it is for; needed where devices of the group have several',
    }),
    expiresInSeconds: z
      .int()
      .min(HOUR_SECONDS)
      .max(LIFETIME_MAX_SECONDS)
      .default(LIFETIME_DEFAULT_SECONDS)
      .meta({ description: 'How long devices may act on it' }),
  })
  .strict();
export type CreateBundle = z.infer<typeof createBundleSchema>;

export const bundleSchema = z.object({
  groupId: idSchema('deviceGroup'),
  deviceId: idSchema('device').nullable(),
  cohort: z.string(),
  manifestVersion: z.int().nonnegative(),
  baseDigest: digestSchema,
  expiresAt: timestampSchema,
  manifest: flattenedJwsSchema.meta({ description: 'Signed by the manifest key, like one that is polled' }),
  modulators: z.array(
    z.object({
      task: z.string(),
      version: z.int().positive(),
      modulatorVersionId: idSchema('modulatorVersion'),
      digest: digestSchema,
      size: z.int().positive(),
    }),
  ),
});
export type Bundle = z.infer<typeof bundleSchema>;
