import { z } from 'zod';
import type { Method } from './training-jobs.js';

/** Methods that meta-training can prepare a base network for: `full` adapts every weight. */
export const META_METHODS = ['km', 'bn', 'head', 'full'] as const satisfies readonly Method[];
export type MetaMethod = (typeof META_METHODS)[number];

/** More would no longer be a few, and all of them pass through the network at once. */
export const MAX_SUPPORT_IMAGES = 500;
/** Inner steps of a few-shot job. */
export const MAX_FEW_SHOT_STEPS = 100;

/** How a base network is meta-trained. What is absent is the trainer's tuned default. */
export const metaSettingsSchema = z
  .object({
    algorithm: z.enum(['fomaml', 'reptile']).default('fomaml'),
    fromScratch: z.boolean().default(false).meta({
      description: "Begin with random weights rather than with the base network's; its graph is taken in any case",
    }),
    ways: z.int().min(2).max(100).default(5).meta({ description: 'Classes of a training task' }),
    shots: z
      .array(z.int().min(1).max(100))
      .min(1)
      .max(8)
      .default([1, 5])
      .meta({ description: 'Images of a class to learn from; tasks take the numbers in turn' }),
    queries: z.int().min(1).max(100).default(5).meta({ description: 'Other images of a class to be judged by' }),
    heldOutClasses: z
      .int()
      .min(2)
      .max(1000)
      .or(z.literal(0))
      .optional()
      .meta({
        description:
          'Classes that no training task shows, to measure the result by; 0 measures nothing. ' +
          'A tenth of the classes when absent, at least as many as `ways`',
      }),
    evaluationEpisodes: z.int().min(2).max(10_000).default(100).meta({
      description: 'Tasks of held-out classes that are measured, of each number of shots',
    }),
    iterations: z.int().min(1).max(1_000_000).optional().meta({ description: 'Outer steps' }),
    tasksPerIteration: z.int().min(1).max(64).optional(),
    headSteps: z.int().min(1).max(100).optional().meta({ description: 'Inner steps of the head alone' }),
    innerSteps: z.int().min(1).max(100).optional().meta({ description: 'Inner steps of all that is adapted' }),
    outerRate: z.number().positive().max(1).optional(),
    rateLearning: z.number().min(0).max(1).optional().meta({
      description: 'Rate at which the inner rates are learned; 0 keeps them. FOMAML only',
    }),
    calibrationEpisodes: z.int().min(0).max(1000).optional().meta({
      description: 'Tasks, of each number of shots, by which the inner rates are brought down at the end',
    }),
  })
  .strict();
export type MetaSettings = z.infer<typeof metaSettingsSchema>;

/** What few-shot learning from a meta-trained base network achieves on classes that it has never seen. */
export const metaMetricsSchema = z.object({
  classes: z.int().meta({ description: 'Classes held out' }),
  episodes: z.int().meta({ description: 'Tasks measured, of each number of shots' }),
  results: z.array(
    z.object({
      ways: z.int(),
      shots: z.int(),
      accuracy: z.number().meta({ description: 'Mean over the tasks' }),
      halfWidth: z.number().meta({ description: 'Half the width of its 95 % confidence interval' }),
    }),
  ),
});
export type MetaMetrics = z.infer<typeof metaMetricsSchema>;
