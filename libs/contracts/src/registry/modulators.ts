import { z } from 'zod';
import { anyOf, createdFilters, listQuery } from '../common/list-query.js';
import { digestSchema, idSchema, timestampSchema } from '../common/primitives.js';
import { flattenedJwsSchema } from '../device/manifest.js';
import { approvalSchema } from './approvals.js';
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
  approvals: z.array(approvalSchema).meta({ description: 'That count, in their order' }),
  createdAt: timestampSchema,
});
export type ModulatorVersion = z.infer<typeof modulatorVersionSchema>;

const ofTaskOrBase = {
  task: z.string().max(64).optional().meta({ description: 'Task id or name' }),
  baseNetwork: z.string().max(64).optional().meta({ description: 'Base network id or name' }),
};
export const listModulatorsQuerySchema = listQuery(['createdAt'], { ...ofTaskOrBase, ...createdFilters });
export type ListModulatorsQuery = z.infer<typeof listModulatorsQuerySchema>;

const versionFilters = { state: anyOf(versionStateSchema), method: anyOf(methodSchema), ...createdFilters };
export const listModulatorVersionsQuerySchema = listQuery(['version', 'accuracy'], versionFilters);
export type ListModulatorVersionsQuery = z.infer<typeof listModulatorVersionsQuerySchema>;
export const searchModulatorVersionsQuerySchema = listQuery(['createdAt', 'accuracy'], {
  ...ofTaskOrBase,
  ...versionFilters,
});
export type SearchModulatorVersionsQuery = z.infer<typeof searchModulatorVersionsQuerySchema>;
export const decisionSchema = z.object({ comment: z.string().max(2000).default('') }).strict();
