import { z } from 'zod';
import { idSchema } from '../common/primitives.js';

/** One test image and what was made of it. */
export const samplePredictionSchema = z.object({
  index: z.int().nonnegative().meta({ description: "Position among the dataset version's test images" }),
  label: z.string().meta({ description: 'The truth' }),
  predicted: z.string(),
  confidence: z.number().min(0).max(1).meta({ description: 'Probability given to the prediction' }),
});
export type SamplePrediction = z.infer<typeof samplePredictionSchema>;

/** A paired comparison on the same test images: McNemar's exact test of whether one errs more often. */
export const comparisonSchema = z.object({
  modulatorVersion: idSchema('modulatorVersion').meta({ description: 'What it was compared with' }),
  top1: z.number().meta({ description: 'Accuracy of that version' }),
  better: z.int().nonnegative().meta({ description: 'Images only the new version has right' }),
  worse: z.int().nonnegative().meta({ description: 'Images only the other version has right' }),
  pValue: z.number().min(0).max(1).meta({ description: 'Two-sided' }),
});
export type Comparison = z.infer<typeof comparisonSchema>;

/** How far a modulator moves one layer of its base. */
export const layerChangeSchema = z.object({
  layer: z.string(),
  change: z.number().nonnegative().nullable().meta({
    description: "‖W' − W‖ / ‖W‖ (Frobenius) over the layer's parameters; null where the base's are all zero",
  }),
});
export type LayerChange = z.infer<typeof layerChangeSchema>;

/** What a device pays for changing to the version, as its trainer measured it on its own backend. */
export const swapTimeSchema = z.object({
  ms: z.number().nonnegative().meta({ description: 'Milliseconds of folding it into the base network' }),
  ratio: z.number().nonnegative().meta({
    description: "That time over the time of one copy of the base network's weights: hardly depends on the machine",
  }),
  backend: z.string(),
});
export type SwapTime = z.infer<typeof swapTimeSchema>;

export const evaluationSchema = z.object({
  top1: z.number(),
  loss: z.number(),
  images: z.int(),
  perClass: z.array(z.object({ label: z.string(), accuracy: z.number(), images: z.int() })),
  confusion: z.array(z.array(z.int())).meta({ description: 'rows: truth, columns: prediction' }),
  calibrationError: z.number().min(0).max(1).optional().meta({
    description: 'Expected calibration error over 15 equal bins of confidence (Guo et al., ICML 2017)',
  }),
  samples: z
    .array(samplePredictionSchema)
    .optional()
    .meta({ description: 'Surest mistakes first, then some right answers' }),
  head: z
    .object({ top1: z.number() })
    .optional()
    .meta({ description: 'Of a linear probe, method `head`, on the same images; measured when a gate asks for it' }),
  swap: swapTimeSchema.optional(),
  comparison: comparisonSchema.nullable().optional().meta({
    description:
      "With the version that was the task's champion, or else its newest approved one on the base; null without one",
  }),
});
export type Evaluation = z.infer<typeof evaluationSchema>;
