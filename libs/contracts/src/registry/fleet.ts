import { z } from 'zod';
import { anyOf, createdFilters, listQuery, searchFilter } from '../common/list-query.js';
import { digestSchema, idSchema, slugSchema, timestampSchema } from '../common/primitives.js';
import { reportPhaseSchema } from '../device/reports.js';
import { versionReferenceSchema } from './aliases.js';

export const createDeviceGroupSchema = z.object({ name: slugSchema }).strict();
export const deviceGroupSchema = z.object({
  id: idSchema('deviceGroup'),
  name: slugSchema,
  devices: z.int().nonnegative(),
  createdAt: timestampSchema,
});
export type DeviceGroup = z.infer<typeof deviceGroupSchema>;
export const listDeviceGroupsQuerySchema = listQuery(['createdAt', 'name'], { ...searchFilter, ...createdFilters });
export type ListDeviceGroupsQuery = z.infer<typeof listDeviceGroupsQuerySchema>;

export const createEnrolmentTokenSchema = z
  .object({
    groupId: idSchema('deviceGroup'),
    uses: z.int().min(1).max(1_000_000).default(1),
    expiresInSeconds: z.int().min(60).max(31_536_000).default(86_400),
  })
  .strict();
export const enrolmentTokenSchema = z.object({
  id: idSchema('enrolmentToken'),
  groupId: idSchema('deviceGroup'),
  token: z.string().meta({ description: 'Shown once' }),
  uses: z.int(),
  expiresAt: timestampSchema,
});

export const deviceSlotSchema = z.object({
  slot: z.string(),
  phase: reportPhaseSchema,
  digest: digestSchema.nullable(),
  taskName: z.string().nullable(),
  version: z.int().nullable(),
  code: z.string().nullable(),
  at: timestampSchema,
});
export const deviceStateSchema = z.enum(['active', 'revoked']);
export const deviceSchema = z.object({
  id: idSchema('device'),
  groupId: idSchema('deviceGroup'),
  groupName: z.string(),
  attributes: z.record(z.string(), z.string()),
  baseDigests: z.array(digestSchema),
  runtime: z.string(),
  state: deviceStateSchema,
  lastSeenAt: timestampSchema.nullable(),
  slots: z.array(deviceSlotSchema),
  createdAt: timestampSchema,
});
export type Device = z.infer<typeof deviceSchema>;
/** As the filter names one; a NUL is none that Postgres could hold. */
const attributeSchema = z.string().regex(/^[^:\0]{1,64}:[^\0]{0,256}$/, 'must be key:value');
export const listDevicesQuerySchema = listQuery(['createdAt'], {
  group: z.string().max(64).optional().meta({ description: 'Group id or name' }),
  state: deviceStateSchema.optional(),
  attribute: anyOf(attributeSchema).meta({
    description: 'An attribute as `key:value`, the key without a colon; several must all hold',
  }),
  ...createdFilters,
});
export type ListDevicesQuery = z.infer<typeof listDevicesQuerySchema>;

export const waveSchema = z
  .object({
    share: z.number().positive().max(1),
    minSample: z.int().min(1).default(1),
    soakSeconds: z.int().min(0).default(0),
    successRatio: z.number().min(0).max(1).default(1),
    errorRatio: z.number().min(0).max(1).default(0.1),
    deadlineSeconds: z.int().min(1).default(86_400),
    onSuccess: z.enum(['next', 'pause']).default('next'),
  })
  .strict();

export const createRolloutSchema = z
  .object({
    modulatorVersionId: versionReferenceSchema,
    groupId: idSchema('deviceGroup'),
    waves: z
      .array(waveSchema)
      .min(1)
      .max(20)
      .default([waveSchema.parse({ share: 1 })]),
  })
  .strict();
export const rolloutStateSchema = z.enum(['created', 'running', 'paused', 'completed', 'aborted']);
export const rolloutSchema = z.object({
  id: idSchema('rollout'),
  modulatorVersionId: idSchema('modulatorVersion').meta({ description: 'What an alias was resolved to' }),
  orderedAs: z.string().nullable().meta({ description: 'The `task@alias` that it was ordered by, if by one' }),
  taskName: z.string(),
  version: z.int(),
  groupId: idSchema('deviceGroup'),
  state: rolloutStateSchema,
  waves: z.array(waveSchema),
  currentWave: z.int().nonnegative(),
  createdAt: timestampSchema,
  startedAt: timestampSchema.nullable(),
  finishedAt: timestampSchema.nullable(),
});
export type Rollout = z.infer<typeof rolloutSchema>;
export const listRolloutsQuerySchema = listQuery(['createdAt'], {
  state: anyOf(rolloutStateSchema),
  group: z.string().max(64).optional().meta({ description: 'Group id or name' }),
  modulatorVersion: idSchema('modulatorVersion').optional(),
  ...createdFilters,
});
export type ListRolloutsQuery = z.infer<typeof listRolloutsQuerySchema>;
export const rolloutProgressSchema = z.object({
  rolloutId: idSchema('rollout'),
  state: rolloutStateSchema,
  targeted: z.int(),
  downloading: z.int(),
  active: z.int(),
  failed: z.int(),
  silent: z.int(),
});
export type RolloutProgress = z.infer<typeof rolloutProgressSchema>;
