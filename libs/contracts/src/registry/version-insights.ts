import { z } from 'zod';
import { digestSchema, idSchema, timestampSchema } from '../common/primitives.js';
import { layerChangeSchema } from './evaluation.js';
import { modulatorVersionSchema, versionStateSchema } from './modulators.js';
import { settledHyperparametersSchema } from './training-jobs.js';

/** Enough of a version to say which one is meant. */
export const versionSummarySchema = modulatorVersionSchema.pick({
  id: true,
  modulatorId: true,
  taskName: true,
  version: true,
  digest: true,
  size: true,
  method: true,
  encoding: true,
  parameters: true,
  headParameters: true,
  paramsRatio: true,
  baseNetworkId: true,
  baseDigest: true,
  state: true,
});
export type VersionSummary = z.infer<typeof versionSummarySchema>;

export const compareVersionsQuerySchema = z.object({
  to: z
    .string()
    .max(130)
    .regex(
      /^([1-9]\d{0,9}|latest|mdv_[0-9A-HJKMNP-TV-Z]{26}|[a-z0-9-]+@[a-z0-9-]+)$/,
      'must be a number, `latest`, `task@alias` or the id of a version',
    )
    .default('latest')
    .meta({
      description:
        'A version of the same modulator by its number, its `latest`, or any version of the task by its id or alias',
    }),
});

const classScoreSchema = z.object({ accuracy: z.number(), images: z.int() }).nullable();
const guessSchema = z.object({ label: z.string(), probability: z.number() });
export const flippedPredictionSchema = z.object({
  image: z.string().meta({ description: 'Leading 32 hex digits of the SHA-256 of the image file' }),
  label: z.string().meta({ description: 'The truth' }),
  from: guessSchema,
  to: guessSchema,
});
export type FlippedPrediction = z.infer<typeof flippedPredictionSchema>;

export const pairedPredictionsSchema = z.object({
  shared: z.int().nonnegative().meta({ description: 'Test images that both were measured on, under the same label' }),
  fromImages: z.int().nonnegative().meta({ description: 'Test images of `from`' }),
  toImages: z.int().nonnegative(),
  bothRight: z.int().nonnegative(),
  onlyFromRight: z.int().nonnegative(),
  onlyToRight: z.int().nonnegative(),
  bothWrong: z.int().nonnegative(),
  flipped: z.int().nonnegative().meta({ description: 'Shared images that the two take for different classes' }),
  flips: z.array(flippedPredictionSchema).meta({ description: 'The surest of them, those that became wrong first' }),
  exactP: z.number().meta({ description: "McNemar's exact test, two-sided" }),
  midP: z.number().meta({ description: 'Its mid-p form' }),
});
export type PairedPredictions = z.infer<typeof pairedPredictionsSchema>;

/** Two versions of one task, side by side. Differences are `to` less `from`. */
export const versionComparisonSchema = z.object({
  from: versionSummarySchema,
  to: versionSummarySchema,
  sameBase: z.boolean(),
  sameDatasetVersion: z.boolean(),
  top1: z.object({ from: z.number(), to: z.number(), difference: z.number() }),
  perClass: z.array(
    z.object({ label: z.string(), from: classScoreSchema, to: classScoreSchema, difference: z.number().nullable() }),
  ),
  parametersDifference: z.int(),
  bytesDifference: z.int(),
  predictions: pairedPredictionsSchema.nullable(),
  predictionsReason: z.string().nullable().meta({ description: 'Why there is no comparison image by image' }),
  layers: z
    .array(z.object({ layer: z.string(), from: layerChangeSchema.shape.change, to: layerChangeSchema.shape.change }))
    .nullable()
    .meta({ description: 'How far each moves the layers of the base' }),
  layersReason: z.string().nullable(),
});
export type VersionComparison = z.infer<typeof versionComparisonSchema>;

export const lineageNodeSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('modulatorVersion'),
    id: idSchema('modulatorVersion'),
    modulatorId: idSchema('modulator'),
    taskName: z.string(),
    version: z.int(),
    digest: digestSchema,
    state: versionStateSchema,
    createdAt: timestampSchema,
  }),
  z.object({
    kind: z.literal('baseNetwork'),
    id: idSchema('baseNetwork'),
    name: z.string(),
    digest: digestSchema,
    graphDigest: digestSchema,
    weightsDigest: digestSchema,
  }),
  z.object({
    kind: z.literal('datasetVersion'),
    id: idSchema('datasetVersion'),
    name: z.string(),
    version: z.int(),
    digest: digestSchema.nullable(),
    images: z.int(),
  }),
  z.object({
    kind: z.literal('trainingJob'),
    id: idSchema('trainingJob'),
    scenario: z.string(),
    method: z.string(),
    seed: z.int(),
    hyperparameters: z.record(z.string(), z.unknown()).meta({ description: 'As ordered' }),
    settled: settledHyperparametersSchema.nullable().meta({ description: 'As run; null where that was not kept' }),
    budget: z.record(z.string(), z.unknown()),
    backend: z.string().nullable(),
    threads: z.int().nullable(),
    trainerVersion: z.string().nullable(),
  }),
]);
export type LineageNode = z.infer<typeof lineageNodeSchema>;

export const lineageEdgeSchema = z.object({
  from: z.string(),
  to: z.string(),
  relation: z.enum(['madeBy', 'trainedOn', 'learntFrom', 'startedFrom', 'comparedWith']),
});
export type LineageEdge = z.infer<typeof lineageEdgeSchema>;

/** Where a version comes from and what came from it. An edge points from what was made to what it was made from. */
export const versionLineageSchema = z.object({
  version: idSchema('modulatorVersion'),
  nodes: z.array(lineageNodeSchema),
  edges: z.array(lineageEdgeSchema),
  truncated: z.boolean().meta({ description: 'Whether there are more versions than are shown' }),
});
export type VersionLineage = z.infer<typeof versionLineageSchema>;

export const versionDeltaSchema = z.object({
  from: z.object({ id: idSchema('modulatorVersion'), version: z.int(), digest: digestSchema }),
  state: z
    .enum(['queued', 'ready', 'unsuitable'])
    .meta({ description: '`unsuitable`: none can be made that is smaller than the version' }),
  digest: digestSchema.nullable(),
  size: z.int().nullable().meta({ description: 'Bytes; null unless it is ready' }),
  encoding: z.string().nullable(),
  sizeRatio: z.number().nullable().meta({ description: "Over the version's own size" }),
  createdAt: timestampSchema,
});
export type VersionDelta = z.infer<typeof versionDeltaSchema>;
export const versionDeltasSchema = z.object({ data: z.array(versionDeltaSchema) });

const intervalSchema = z.object({
  value: z.number(),
  low: z.number(),
  high: z.number(),
  images: z.int().meta({ description: 'Test images that it was measured on' }),
});
export type Interval = z.infer<typeof intervalSchema>;

export const modelCardSchema = z.object({
  version: versionSummarySchema,
  intendedUse: z.object({ task: z.string(), title: z.string(), labels: z.array(z.string()) }),
  base: z.object({
    id: idSchema('baseNetwork'),
    name: z.string(),
    architecture: z.string(),
    digest: digestSchema,
    parameters: z.int(),
    bytes: z.int(),
    input: z.object({ height: z.int(), width: z.int() }),
  }),
  data: z.object({
    dataset: z.string(),
    version: z.int(),
    id: idSchema('datasetVersion'),
    digest: digestSchema.nullable(),
    images: z.int(),
    classes: z.array(z.object({ label: z.string(), train: z.int(), test: z.int() })),
    largestOverSmallest: z.number().nullable().meta({ description: 'Class balance of the training images' }),
  }),
  training: z.object({
    job: idSchema('trainingJob'),
    scenario: z.string(),
    method: z.string(),
    seed: z.int(),
    hyperparameters: settledHyperparametersSchema.nullable(),
    backend: z.string().nullable(),
    threads: z.int().nullable(),
    trainerVersion: z.string().nullable(),
    startedFrom: idSchema('modulatorVersion').nullable(),
  }),
  metrics: z.object({
    top1: intervalSchema.meta({ description: '95 % interval of Wilson (1927)' }),
    loss: z.number(),
    perClass: z.array(intervalSchema.extend({ label: z.string() })),
    calibrationError: z.number().nullable(),
  }),
  size: z.object({
    bytes: z.int(),
    bytesRatio: z.number().meta({ description: "Over the bytes of the base's weights" }),
    parameters: z.int(),
    headParameters: z.int(),
    paramsRatio: z.number(),
  }),
  limits: z.array(z.string()),
  reproduce: z.string().meta({ description: 'The command that trains it again and compares the digests' }),
});
export type ModelCard = z.infer<typeof modelCardSchema>;
