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

/** What has been decided about a version. `rejected` and `revoked` are final. */
export const versionStateSchema = z.enum([
  'registered',
  'approved',
  'rejected',
  'deprecated',
  'quarantined',
  'revoked',
]);
export type VersionState = z.infer<typeof versionStateSchema>;

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
  state: versionStateSchema,
  decision: z
    .object({ by: z.string(), at: timestampSchema, comment: z.string() })
    .nullable()
    .meta({ description: 'The latest decision, which led to the state; earlier ones are in the audit log' }),
  statement: flattenedJwsSchema.nullable().meta({
    description: 'Signed by the release key on approval; withdrawn by a revocation',
  }),
  createdAt: timestampSchema,
});
export type ModulatorVersion = z.infer<typeof modulatorVersionSchema>;

export const listModulatorsQuerySchema = pageQuerySchema.extend({ task: z.string().max(64).optional() });
export const decisionSchema = z.object({ comment: z.string().max(2000).default('') }).strict();
