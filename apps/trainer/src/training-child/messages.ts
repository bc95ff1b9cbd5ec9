import {
  digestSchema,
  evaluationSchema,
  hyperparametersSchema,
  jobErrorCodeSchema,
  layerChangeSchema,
  metaMetricsSchema,
  metaSettingsSchema,
  settledHyperparametersSchema,
} from '@kernelcast/contracts';
import { z } from 'zod';

/** Room for a sentence and a file name; a message must never carry data. */
export const MAX_MESSAGE_LENGTH = 2000;

const trainingBudgetSchema = z.union([
  z.object({ paramsRatio: z.number().positive() }).strict(),
  z.object({ bytes: z.int().positive() }).strict(),
]);

const commonSpecSchema = z.object({
  jobId: z.string(),
  method: z.string(),
  budget: trainingBudgetSchema,
  seed: z.int().min(0).max(0xffffffff),
  base: z.object({ digest: digestSchema, graphPath: z.string(), weightsPath: z.string() }),
  datasetPath: z.string(),
  checkpointPath: z.string().optional(),
  checkpointEveryMs: z.number().positive(),
  checkpointEverySteps: z.int().positive().optional(),
  backend: z.string().optional().meta({ description: 'Compute backend to insist on' }),
  nativeFolder: z.string().optional().meta({ description: 'Where to look for native bindings' }),
  threads: z.int().positive().optional().meta({ description: 'To train on' }),
  version: z.string().meta({ description: 'Of the trainer; becomes part of `trainedBy`' }),
  workDir: z.string().meta({ description: 'Where the child leaves checkpoints and results' }),
});

const taskSpecSchema = commonSpecSchema.extend({
  scenario: z.enum(['transfer', 'few-shot']),
  task: z.string(),
  labels: z.array(z.string()).min(2).meta({ description: 'In the order of the logits' }),
  hyperparameters: hyperparametersSchema,
  searchSeconds: z.number().positive().optional().meta({ description: 'That search and run may take in all' }),
  encoding: z.enum(['f32', 'f16', 'i8']),
  startFromPath: z.string().optional().meta({ description: 'Artifact of a warm start' }),
  rival: z
    .object({ modulatorVersion: z.string(), path: z.string() })
    .optional()
    .meta({ description: 'Artifact of the version that the result is compared with' }),
  startPath: z.string().optional().meta({ description: 'Starting point of few-shot learning' }),
  wantsProbe: z.boolean().optional().meta({ description: 'Whether a gate asks for the accuracy of a linear probe' }),
});
/** A job that ends in a modulator. */
export type TaskSpec = z.infer<typeof taskSpecSchema>;

const metaSpecSchema = commonSpecSchema.extend({ scenario: z.literal('meta'), settings: metaSettingsSchema });
/** A job that ends in a base network. */
export type MetaSpec = z.infer<typeof metaSpecSchema>;

/** All that the child needs to know of a job. Files are named by their path: bytes never cross the channel. */
const trainingSpecSchema = z.discriminatedUnion('scenario', [taskSpecSchema, metaSpecSchema]);
export type TrainingSpec = z.infer<typeof trainingSpecSchema>;

/** What a child may load before it is known which job it will train. */
const preparationSchema = commonSpecSchema.pick({ backend: true, nativeFolder: true, threads: true });
export type Preparation = z.infer<typeof preparationSchema>;

/** From the trainer to its child. */
export const parentMessageSchema = z.discriminatedUnion('type', [
  /** Make ready for a job; comes before `start`, or not at all. */
  preparationSchema.extend({ type: z.literal('prepare') }),
  z.object({ type: z.literal('start'), spec: trainingSpecSchema }),
  /** Write a last checkpoint and end. */
  z.object({ type: z.literal('stop') }),
]);
export type ParentMessage = z.infer<typeof parentMessageSchema>;

/** Beside the codes a job may end with: a checkpoint that cannot be continued, which only costs the work done. */
const childErrorCodeSchema = z.enum([...jobErrorCodeSchema.options, 'checkpoint_invalid']);
export type ChildErrorCode = z.infer<typeof childErrorCodeSchema>;

const progressSchema = z.object({
  step: z.int().positive(),
  steps: z.int().positive(),
  epoch: z.number().nonnegative(),
  loss: z.number().meta({ description: 'Of the last batch' }),
  smoothedLoss: z.number(),
  accuracy: z.number(),
  imagesPerSecond: z.number().nonnegative(),
});
export type Progress = z.infer<typeof progressSchema>;

const trainedSchema = z.object({
  artifactPath: z.string(),
  predictionsPath: z.string().meta({ description: 'What it predicts for each test image' }),
  layerChanges: z.array(layerChangeSchema),
  hyperparameters: settledHyperparametersSchema,
  encoding: taskSpecSchema.shape.encoding,
  metrics: evaluationSchema.loose(),
  parameters: z.int().nonnegative(),
  headParameters: z.int().positive(),
  steps: z.int().positive(),
  seconds: z.number().nonnegative(),
});

/** A base network by the graph of the one it began with. */
const madeBaseSchema = z.object({
  digest: digestSchema,
  weightsPath: z.string(),
  startPath: z.string(),
  metrics: metaMetricsSchema.nullable(),
  steps: z.int().positive(),
  seconds: z.number().nonnegative(),
});
export type MadeBase = z.infer<typeof madeBaseSchema>;

/** From the child to the trainer. The last four are final: nothing follows them. */
export const childMessageSchema = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('loaded'),
    backend: z.string(),
    kernels: z.string().meta({ description: 'How the backend was built, for people' }),
    threads: z
      .int()
      .positive()
      .optional()
      .meta({ description: 'That compute; as many as there are processors without it' }),
    trainImages: z.int(),
    testImages: z.int(),
  }),
  progressSchema.extend({ type: z.literal('progress') }),
  z.object({ type: z.literal('checkpoint'), path: z.string(), step: z.int().nonnegative() }),
  z.object({ type: z.literal('note'), message: z.string().max(MAX_MESSAGE_LENGTH) }),
  z.object({ type: z.literal('evaluating') }),
  trainedSchema.extend({ type: z.literal('done') }),
  madeBaseSchema.extend({ type: z.literal('made-base') }),
  z.object({ type: z.literal('stopped') }),
  z.object({ type: z.literal('failed'), code: childErrorCodeSchema, message: z.string().max(MAX_MESSAGE_LENGTH) }),
]);
export type ChildMessage = z.infer<typeof childMessageSchema>;

const FINAL = ['done', 'made-base', 'stopped', 'failed'] as const;
export type FinalMessage = Extract<ChildMessage, { type: (typeof FINAL)[number] }>;

export const isFinal = (message: ChildMessage): message is FinalMessage => FINAL.some((type) => type === message.type);
