import { z } from 'zod';
import { digestSchema, idSchema, pageQuerySchema, timestampSchema } from '../common/primitives.js';
import { flattenedJwsSchema } from '../device/manifest.js';
import { evaluationSchema } from './evaluation.js';
import { methodSchema } from './training-jobs.js';

export const modulatorSchema = z.object({
  id: idSchema('modulator'),
  taskId: idSchema('task'),
  taskName: z.string(),
  baseNetworkId: idSchema('baseNetwork'),
  latestVersion: z.int(),
  createdAt: timestampSchema,
});
export type Modulator = z.infer<typeof modulatorSchema>;

export const modulatorVersionSchema = z.object({
  id: idSchema('modulatorVersion'),
  modulatorId: idSchema('modulator'),
  taskId: idSchema('task'),
  taskName: z.string(),
  version: z.int().positive(),
  digest: digestSchema,
  size: z.int().positive().meta({ description: 'Bytes of the artifact, as a device downloads it' }),
  method: methodSchema,
  encoding: z.enum(['f32', 'f16', 'i8']),
  parameters: z.int().nonnegative().meta({ description: 'Modulator parameters, head excluded' }),
  headParameters: z.int().nonnegative(),
  paramsRatio: z.number().meta({ description: "parameters over the base's parameters" }),
  labels: z.array(z.string()),
  metrics: evaluationSchema,
  trainingJobId: idSchema('trainingJob'),
  baseNetworkId: idSchema('baseNetwork'),
  baseDigest: digestSchema,
  state: z.enum(['registered', 'approved', 'rejected', 'revoked']),
  statement: flattenedJwsSchema.nullable().meta({ description: 'Signed by the release key on approval' }),
  createdAt: timestampSchema,
});
export type ModulatorVersion = z.infer<typeof modulatorVersionSchema>;

export const listModulatorsQuerySchema = pageQuerySchema.extend({ task: z.string().max(64).optional() });
export const decisionSchema = z.object({ comment: z.string().max(2000).default('') }).strict();
