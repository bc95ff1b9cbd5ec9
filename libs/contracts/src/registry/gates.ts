import { z } from 'zod';
import { idSchema, timestampSchema } from '../common/primitives.js';

const enforcement = z.enum(['required', 'advisory']).default('required').meta({
  description: 'A `required` gate must pass before a version may be approved; an `advisory` one only tells',
});
const ratio = z.number().min(0).max(1);

/** What a version of a task has to show before it may be approved. A gate that is left out is not asked for. */
export const gatesSchema = z
  .object({
    accuracyFloor: z
      .strictObject({ value: ratio, enforcement })
      .meta({ description: 'Least share of the test images that are right' }),
    perClassFloor: z
      .strictObject({ value: ratio, enforcement })
      .meta({ description: 'The same for the test images of each class by itself' }),
    notWorse: z.strictObject({ alpha: z.number().positive().max(0.5).default(0.05), enforcement }).meta({
      description:
        "One-sided exact McNemar test against the task's `champion`, or else its newest approved version: fails when " +
        'a version that is just as good would lose so many test images with a probability of at most `alpha`',
    }),
    beatsHead: z.strictObject({ margin: z.number().min(0).max(1).default(0), enforcement }).meta({
      description: 'Its accuracy must exceed that of a linear probe on the same images by more than `margin`',
    }),
    maxBytes: z
      .strictObject({ bytes: z.int().positive(), enforcement })
      .meta({ description: 'Most bytes of the artifact' }),
    maxSwapMs: z.strictObject({ ms: z.number().positive(), enforcement }).meta({
      description: "Most milliseconds that a swap to it took on the trainer's own backend",
    }),
    maxSwapRatio: z.strictObject({ ratio: z.number().positive(), enforcement }).meta({
      description: "Most that a swap took there as a multiple of one copy of the base network's weights",
    }),
  })
  .partial()
  .strict();
export type Gates = z.infer<typeof gatesSchema>;
export const gateNameSchema = z.enum(gatesSchema.keyof().options);
export type GateName = z.infer<typeof gateNameSchema>;

/** Gates of a task that asks for none by itself: a version that is clearly worse is pointed out. */
export const DEFAULT_GATES: Gates = { notWorse: { alpha: 0.05, enforcement: 'advisory' } };

export const gateResultSchema = z.object({
  gate: gateNameSchema,
  enforcement: z.enum(['required', 'advisory']),
  measured: z.number().nullable().meta({ description: 'In the unit of `limit`; null when there is no value' }),
  limit: z.number(),
  verdict: z.enum(['passed', 'failed', 'not_measured']),
  detail: z.string().meta({ description: 'The verdict in words, with its reason' }),
});
export type GateResult = z.infer<typeof gateResultSchema>;

export const gateReportSchema = z.object({
  modulatorVersionId: idSchema('modulatorVersion'),
  number: z.int().positive().meta({ description: "Counts the version's reports; the first is of its registration" }),
  passed: z.boolean().meta({ description: 'Whether every required gate passed' }),
  taskRevision: z.int().positive().meta({ description: 'State of the task whose gates these are' }),
  comparedWith: idSchema('modulatorVersion').nullable().meta({
    description: 'The version that it must not be worse than; null where there is none',
  }),
  results: z.array(gateResultSchema),
  trigger: z.enum(['registration', 'request', 'approval']),
  evaluatedBy: z.string(),
  createdAt: timestampSchema,
});
export type GateReport = z.infer<typeof gateReportSchema>;

export const gateReportQuerySchema = z.object({
  report: z.coerce.number().int().positive().optional().meta({ description: 'Number of an older report' }),
});
