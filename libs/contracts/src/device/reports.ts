import { z } from 'zod';
import { digestSchema, timestampSchema } from '../common/primitives.js';
import { MAX_DURATION_MS, MAX_DURATIONS, MAX_REPORTS_PER_REQUEST } from './constants.js';

export const reportPhaseSchema = z.enum(['downloading', 'verified', 'active', 'failed', 'reverted']);
export type ReportPhase = z.infer<typeof reportPhaseSchema>;

export const reportSchema = z.object({
  seq: z.int().positive().meta({ description: 'Rises by one for every report of a device, for ever' }),
  at: timestampSchema,
  slot: z.string().min(1).max(64),
  digest: digestSchema.nullable(),
  phase: reportPhaseSchema,
  code: z.string().max(64).nullable(),
  detail: z.string().max(500).nullable(),
  durations: z
    .record(z.string().max(32), z.number().min(0).max(MAX_DURATION_MS))
    .refine((durations) => Object.keys(durations).length <= MAX_DURATIONS, `at most ${MAX_DURATIONS} durations`)
    .default({})
    .meta({ description: 'Milliseconds by stage: download, verify, fold, swap' }),
  selfTest: z.object({ passed: z.boolean(), maxError: z.number() }).nullable(),
});
export type Report = z.infer<typeof reportSchema>;
export const reportsRequestSchema = z
  .object({ reports: z.array(reportSchema).min(1).max(MAX_REPORTS_PER_REQUEST) })
  .strict();
export const reportsResponseSchema = z.object({ acceptedThrough: z.int().nonnegative() });
