import { z } from 'zod';
import { anyOf, createdFilters, listQuery, searchFilter } from '../common/list-query.js';
import { digestSchema, idSchema, slugSchema, timestampSchema } from '../common/primitives.js';
import { reportPhaseSchema } from '../device/reports.js';
import { deviceSelectorSchema } from './device-selectors.js';

const selectorDescription = 'Conditions on attributes, which all must fit: devices join and leave by themselves';
export const createDeviceGroupSchema = z
  .object({ name: slugSchema, selector: deviceSelectorSchema.optional().meta({ description: selectorDescription }) })
  .strict();
export const deviceGroupSchema = z.object({
  id: idSchema('deviceGroup'),
  name: slugSchema,
  selector: deviceSelectorSchema.nullable().meta({
    description: `${selectorDescription}; null for a group that devices join by its tokens`,
  }),
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
