import { z } from 'zod';
import { idSchema, timestampSchema } from '../common/primitives.js';

/** Aliases that may only name an approved version. Any other may name a version that has yet to be decided on. */
export const RELEASE_ALIASES: readonly string[] = ['champion', 'canary', 'production'];

/** Begins with a letter, so that nobody takes it for the number of a version. */
export const aliasNameSchema = z
  .string()
  .max(63)
  .regex(/^[a-z]([a-z0-9-]*[a-z0-9])?$/, 'must be lower-case letters, digits and inner hyphens, a letter first')
  .meta({ description: '`champion`, `canary` and `production` name approved versions only; other names are free' });

/** `pets@champion`: a version by the name of a task, or its id, and an alias. */
export const ALIAS_REFERENCE = /^([a-z0-9][a-z0-9-]{0,62}|task_[0-9A-HJKMNP-TV-Z]{26})@([a-z][a-z0-9-]{0,62})$/;
export const versionReferenceSchema = z
  .union([idSchema('modulatorVersion'), z.string().regex(ALIAS_REFERENCE, 'must be an id or task@alias')])
  .meta({ description: 'A modulator version by its id or as `task@alias`' });

const reasonSchema = z.string().trim().max(2000).default('');

export const setAliasSchema = z
  .object({
    modulatorVersionId: idSchema('modulatorVersion'),
    expectedVersion: idSchema('modulatorVersion').nullable().optional().meta({
      description: 'The version that it names until now, null for none: 412 when that is another one. As `If-Match`',
    }),
    reason: reasonSchema,
  })
  .strict();
export const rollBackAliasSchema = z.object({ reason: reasonSchema }).strict();

export const taskAliasSchema = z.object({
  taskId: idSchema('task'),
  taskName: z.string(),
  name: aliasNameSchema,
  modulatorVersionId: idSchema('modulatorVersion'),
  modulatorId: idSchema('modulator'),
  version: z.int().positive(),
  versionState: z.string().meta({ description: 'A version may be revoked while an alias names it' }),
  revision: z.int().positive().meta({ description: 'Counts its changes' }),
  updatedBy: z.string(),
  createdAt: timestampSchema,
  updatedAt: timestampSchema,
});
export type TaskAlias = z.infer<typeof taskAliasSchema>;
export const taskAliasesSchema = z.object({ data: z.array(taskAliasSchema) });

export const aliasChangeSchema = z.object({
  revision: z.int().positive(),
  action: z.enum(['set', 'rollback']),
  from: idSchema('modulatorVersion').nullable(),
  to: idSchema('modulatorVersion'),
  backTo: z.int().positive().nullable().meta({
    description: 'Of a set: the revision that a rollback returns to; of a rollback: the one that it returned to',
  }),
  by: z.string(),
  byName: z.string(),
  reason: z.string(),
  at: timestampSchema,
});
export type AliasChange = z.infer<typeof aliasChangeSchema>;
