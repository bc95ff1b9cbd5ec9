import { z } from 'zod';
import { createdFilters, listQuery, searchFilter } from '../common/list-query.js';
import { digestSchema, idSchema, slugSchema, timestampSchema } from '../common/primitives.js';
import { methodSchema } from './training-jobs.js';

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
