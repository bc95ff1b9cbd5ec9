import { z } from 'zod';
import { MAX_ATTRIBUTES } from '../device/enrolment.js';

/** Conditions of one selector, and values that one of them lists. */
const MAX_CONDITIONS = 16;
const MAX_VALUES = 100;

const attributeText = (length: number) =>
  z
    .string()
    .max(length)
    // Postgres holds neither.
    .refine((text) => !/[\0\p{Surrogate}]/u.test(text), 'must be Unicode text without NUL');
const keySchema = attributeText(64).min(1);
const valueSchema = attributeText(256);

export const attributeConditionSchema = z
  .strictObject({
    key: keySchema,
    equals: valueSchema.optional(),
    in: z.array(valueSchema).min(1).max(MAX_VALUES).optional(),
    exists: z.literal(true).optional(),
    not: z.boolean().default(false).meta({ description: 'Fits the devices that the condition does not' }),
  })
  .refine(
    (condition) => (['equals', 'in', 'exists'] as const).filter((test) => condition[test] !== undefined).length === 1,
    'must have one of equals, in, exists',
  );
export type AttributeCondition = z.infer<typeof attributeConditionSchema>;

/** Which devices are of a group: those that every condition fits. */
export const deviceSelectorSchema = z.array(attributeConditionSchema).min(1).max(MAX_CONDITIONS);
export type DeviceSelector = z.infer<typeof deviceSelectorSchema>;

export const updateDeviceSchema = z.strictObject({
  attributes: z
    .record(keySchema, valueSchema.nullable())
    .refine((changes) => Object.keys(changes).length <= MAX_ATTRIBUTES, `at most ${MAX_ATTRIBUTES} attributes`)
    .meta({ description: 'Attributes to set, or to remove where null; others stay' }),
});
