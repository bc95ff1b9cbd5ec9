import { z } from 'zod';
import { idSchema, timestampSchema } from '../common/primitives.js';

const HOUR_SECONDS = 3600;
const YEAR_SECONDS = 366 * 24 * HOUR_SECONDS;

export const createGarbageCollectionSchema = z
  .object({
    dryRun: z.boolean().default(true).meta({ description: 'Only tells what would be removed' }),
    minAgeSeconds: z
      .int()
      .min(HOUR_SECONDS)
      .max(YEAR_SECONDS)
      .default(24 * HOUR_SECONDS)
      .meta({ description: 'Younger objects stay, whoever refers to them or not' }),
  })
  .strict();
export type CreateGarbageCollection = z.infer<typeof createGarbageCollectionSchema>;

const countSchema = z.object({ objects: z.int().nonnegative(), bytes: z.int().nonnegative() });
export const garbageReportSchema = z.object({
  seen: countSchema.meta({ description: 'All that was listed' }),
  candidates: countSchema.meta({ description: 'Old enough, and referred to by nothing at the first look' }),
  removed: countSchema,
  spared: countSchema.meta({
    description: 'Candidates that somebody referred to, announced or used at the second look',
  }),
  unknown: countSchema.meta({ description: 'Objects of no known kind, which are left alone' }),
  examples: z.array(z.object({ key: z.string(), size: z.int() })).meta({ description: 'The first candidates' }),
});
export type GarbageReport = z.infer<typeof garbageReportSchema>;

export const garbageCollectionSchema = z.object({
  id: idSchema('garbageCollection'),
  state: z.enum(['queued', 'running', 'done', 'failed']),
  dryRun: z.boolean(),
  minAgeSeconds: z.int(),
  requestedBy: z.string(),
  report: garbageReportSchema.nullable(),
  error: z.string().nullable(),
  createdAt: timestampSchema,
  startedAt: timestampSchema.nullable(),
  finishedAt: timestampSchema.nullable(),
});
export type GarbageCollection = z.infer<typeof garbageCollectionSchema>;
