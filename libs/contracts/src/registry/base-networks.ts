import { z } from 'zod';
import { createdFilters, listQuery, searchFilter } from '../common/list-query.js';
import { digestSchema, idSchema, slugSchema, timestampSchema } from '../common/primitives.js';

export const baseNetworkStateSchema = z.enum(['active', 'deprecated']);
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
  parameters: z.int().positive().meta({ description: 'Trainable parameters, the head excluded' }),
  inputHeight: z.int().positive(),
  inputWidth: z.int().positive(),
  startDigest: digestSchema.nullable().meta({
    description: 'Starting point of few-shot learning, which a meta job made with it',
  }),
  trainingJobId: idSchema('trainingJob').nullable().meta({ description: 'The meta job that made it' }),
  state: baseNetworkStateSchema,
  createdAt: timestampSchema,
});
export type BaseNetwork = z.infer<typeof baseNetworkSchema>;
export const listBaseNetworksQuerySchema = listQuery(['createdAt', 'name'], {
  state: baseNetworkStateSchema.optional(),
  ...searchFilter,
  ...createdFilters,
});
export type ListBaseNetworksQuery = z.infer<typeof listBaseNetworksQuerySchema>;

/** Parts of the multipart upload: `name`, `graph` (JSON file), `weights` (safetensors file). */
export const baseNetworkUploadSchema = z.object({ name: slugSchema });
