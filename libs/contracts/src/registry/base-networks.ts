import { z } from 'zod';
import { createdFilters, listQuery, searchFilter } from '../common/list-query.js';
import { digestSchema, idSchema, slugSchema, timestampSchema } from '../common/primitives.js';
import { createTrainingJobSchema, jobStateSchema, methodSchema } from './training-jobs.js';
import { versionStateSchema } from './modulators.js';

export const baseNetworkStateSchema = z.enum(['validating', 'active', 'deprecated', 'invalid']).meta({
  description: 'Jobs may be ordered on an `active` one only; what exists on a `deprecated` one goes on',
});
export type BaseNetworkState = z.infer<typeof baseNetworkStateSchema>;

export const baseNetworkSourceSchema = z.enum(['graph', 'torch', 'layers-model', 'meta-job']).meta({
  description:
    'In what form it came: our graph and weights, a PyTorch state dict, a tfjs LayersModel; or made by a job',
});
export type BaseNetworkSource = z.infer<typeof baseNetworkSourceSchema>;

/** What files of a base network, or a run of it, can have against them. */
export const baseNetworkFindingCodeSchema = z.enum([
  'malformed',
  'unsupported_layer',
  'wrong_shape',
  'missing_tensor',
  'unknown_tensor',
  'not_finite',
  'too_large',
  'missing_shard',
  'unknown_shard',
  'wrong_shard_size',
  'unknown_architecture',
  'out_of_memory',
  'too_slow',
  'crashed',
  'output_not_finite',
  'output_constant',
  'wrong_feature_size',
  'budget_unreachable',
]);
export type BaseNetworkFindingCode = z.infer<typeof baseNetworkFindingCodeSchema>;

export const baseNetworkFindingSchema = z.object({
  code: baseNetworkFindingCodeSchema,
  severity: z.enum(['error', 'warning']),
  subject: z.string().nullable().meta({ description: 'The layer, tensor or file at fault, where it is one' }),
  detail: z.string(),
});
export type BaseNetworkFinding = z.infer<typeof baseNetworkFindingSchema>;

/** What running a base network showed. */
export const baseNetworkReportSchema = z.object({
  findings: z.array(baseNetworkFindingSchema),
  images: z.int().nonnegative().meta({ description: 'Pseudo-random images that it was run on' }),
  millisecondsPerImage: z.number().nonnegative().nullable().meta({ description: 'Median, WebAssembly on one thread' }),
  peakBytes: z.int().nonnegative().nullable().meta({ description: 'Most memory that the process had which ran it' }),
  plannedParameters: z.int().nonnegative().nullable().meta({
    description: 'Of the modulator that km plans at the usual budget; null when that is out of reach',
  }),
  smallestRatio: z
    .number()
    .nullable()
    .meta({ description: 'Least paramsRatio within reach of km, where the usual is not' }),
});
export type BaseNetworkReport = z.infer<typeof baseNetworkReportSchema>;

export const baseNetworkSchema = z.object({
  id: idSchema('baseNetwork'),
  projectId: idSchema('project')
    .nullable()
    .meta({ description: 'The project that it belongs to; null when all projects share it' }),
  name: slugSchema,
  digest: digestSchema,
  graphDigest: digestSchema,
  weightsDigest: digestSchema,
  weightsSize: z.int().positive().meta({ description: 'Bytes of the weights file' }),
  architecture: z.string(),
  source: baseNetworkSourceSchema,
  parameters: z.int().positive().meta({ description: 'Trainable parameters, the head excluded' }),
  inputHeight: z.int().positive(),
  inputWidth: z.int().positive(),
  startDigest: digestSchema.nullable().meta({
    description: 'Starting point of few-shot learning, which a meta job made with it',
  }),
  trainingJobId: idSchema('trainingJob').nullable().meta({ description: 'The meta job that made it' }),
  state: baseNetworkStateSchema,
  report: baseNetworkReportSchema.nullable().meta({
    description: 'Null until it has been run, and of what was registered before that was done',
  }),
  validatedAt: timestampSchema.nullable(),
  createdAt: timestampSchema,
});
export type BaseNetwork = z.infer<typeof baseNetworkSchema>;

export const baseLayerSchema = z.object({
  layer: z.string(),
  op: z.string(),
  shape: z.array(z.int()).nullable().meta({ description: 'Of its kernel; null of layers without one' }),
  parameters: z.int().nonnegative().meta({ description: 'Trainable' }),
});

export type BaseLayer = z.infer<typeof baseLayerSchema>;

export const modulationSizeSchema = z.object({
  method: methodSchema,
  paramsRatio: z.number().nullable().meta({ description: 'The budget; null of methods that have one size on a base' }),
  reachable: z.boolean(),
  parameters: z.int().nonnegative().meta({ description: 'At most that many, the head excluded' }),
  bytes: z.int().nonnegative().meta({ description: 'In half precision, the head excluded' }),
});
export type ModulationSize = z.infer<typeof modulationSizeSchema>;

/** A base network with what its graph says. */
export const baseNetworkDetailSchema = baseNetworkSchema.extend({
  featureSize: z.int().positive(),
  mean: z.array(z.number()).meta({ description: 'An image is scaled to 0-1, then `(x - mean) / std` per channel' }),
  std: z.array(z.number()),
  layers: z.array(baseLayerSchema).meta({ description: 'Those with parameters, in the order in which they run' }),
  modulation: z.array(modulationSizeSchema).meta({ description: 'How large modulators are, by method and budget' }),
});
export type BaseNetworkDetail = z.infer<typeof baseNetworkDetailSchema>;

export const listBaseNetworksQuerySchema = listQuery(['createdAt', 'name'], {
  state: baseNetworkStateSchema.optional(),
  ...searchFilter,
  ...createdFilters,
});
export type ListBaseNetworksQuery = z.infer<typeof listBaseNetworksQuerySchema>;

const count = z.int().nonnegative();

/** What rests on a base network. Lists hold the newest; counts are of all. */
export const baseDependentsSchema = z.object({
  modulators: z.array(
    z.object({ id: idSchema('modulator'), taskId: idSchema('task'), taskName: z.string(), versions: count }),
  ),
  jobs: z
    .array(z.object({ id: idSchema('trainingJob'), taskName: z.string().nullable(), state: jobStateSchema }))
    .meta({
      description: 'In work or waiting',
    }),
  counts: z.object({ modulators: count, versions: count, jobs: count, devices: count }).meta({
    description: 'In the project of the caller: of modulators, versions, all jobs, and active devices that hold it',
  }),
  elsewhere: z.object({ modulators: count, versions: count, jobs: count, devices: count }).meta({
    description: 'In other projects',
  }),
});
export type BaseDependents = z.infer<typeof baseDependentsSchema>;

export const upgradePlanQuerySchema = z.object({
  to: z.string().min(1).max(64).meta({ description: 'Id or name of the base network that replaces this one' }),
});
export const applyUpgradeSchema = z
  .object({ dryRun: z.boolean().default(false).meta({ description: 'Plan only; nothing is written' }) })
  .strict();

const remarkSchema = z.object({ code: z.string(), detail: z.string() });
export type UpgradeRemark = z.infer<typeof remarkSchema>;

export const upgradeStepSchema = z.object({
  taskId: idSchema('task'),
  taskName: z.string(),
  version: z
    .object({
      id: idSchema('modulatorVersion'),
      version: z.int(),
      state: versionStateSchema,
      alias: z.string().nullable().meta({ description: 'By which it was chosen' }),
    })
    .meta({ description: 'Whose job is repeated: that of an alias, else the newest approved one, else the newest' }),
  job: z.looseObject(createTrainingJobSchema.shape).nullable().meta({
    description: 'Body of the training job to order; null when there is an obstacle',
  }),
  jobId: idSchema('trainingJob').nullable().meta({ description: 'The job that does it, ordered now or before' }),
  obstacles: z.array(remarkSchema).meta({ description: 'Why it cannot be retrained as it was' }),
  notCarried: z.array(remarkSchema).meta({ description: 'What the new job does not take over' }),
  estimatedSeconds: z.number().nonnegative().nullable(),
  estimatedFrom: z.enum(['new', 'old']).nullable().meta({ description: 'Jobs on which base the estimate goes by' }),
  modulatorBytes: count.meta({ description: 'That each device of the task fetches, at most, in half precision' }),
  devices: count.meta({ description: 'Active devices that run the version' }),
});
export type UpgradeStep = z.infer<typeof upgradeStepSchema>;

export const upgradePlanSchema = z.object({
  from: idSchema('baseNetwork'),
  to: idSchema('baseNetwork'),
  steps: z.array(upgradeStepSchema),
  devices: count.meta({
    description: 'Active devices of the project that hold the old base network and not the new one',
  }),
  baseBytes: count.meta({ description: 'Weights of the new base network, which each of them fetches once' }),
  totalBytes: count.meta({ description: 'That all devices fetch together, at most' }),
  estimatedSeconds: z.number().nonnegative().meta({ description: 'Of all jobs one after the other, as far as known' }),
});
export type UpgradePlan = z.infer<typeof upgradePlanSchema>;

const CHANNELS = 3;
const numbers = (least: (value: number) => boolean, what: string) =>
  z
    .string()
    .transform((text) => text.split(',').map((part) => (part.trim() === '' ? Number.NaN : Number(part))))
    .refine((values) => values.length === CHANNELS && values.every((value) => value <= 1 && least(value)), {
      error: `must be ${CHANNELS} numbers ${what}, separated by commas`,
    });

/** Texts among the parts of the multipart upload. */
export const baseNetworkUploadSchema = z.object({
  name: slugSchema,
  architecture: z.string().min(1).max(64).optional(),
  mean: numbers((value) => value >= 0, 'from 0 to 1').optional(),
  std: numbers((value) => value > 0, 'above 0, up to 1').optional(),
  inputSize: z
    .string()
    .regex(/^\d{1,4}$/, 'must be a number of pixels')
    .transform(Number)
    .pipe(z.int().min(8).max(2048))
    .optional(),
});
export type BaseNetworkUploadFields = z.infer<typeof baseNetworkUploadSchema>;
