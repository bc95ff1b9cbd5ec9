import { z } from 'zod';
import { keyScopeSchema } from '../common/key-scopes.js';
import { idSchema, roleSchema, timestampSchema } from '../common/primitives.js';
import { givenPasswordSchema } from './passwords.js';
import { emailSchema, membershipSchema } from './users.js';

/**
 * `kc_`, 256 random bits in base 62, and a checksum of six characters; keys of the first release have 43 characters of
 * base64url and no checksum.
 */
export const apiKeySecretSchema = z
  .string()
  .regex(/^kc_([A-Za-z0-9]{49}|[A-Za-z0-9_-]{43})$/, 'must be an API key (kc_…)');

const MINUTE = 60;
const DAY = 86_400;
/** Ten years; what an installation allows is set by its operator, and is usually less. */
const MAX_EXPIRY_SECONDS = 3650 * DAY;
const MAX_OVERLAP_SECONDS = 7 * DAY;
const expirySchema = z.int().min(MINUTE).max(MAX_EXPIRY_SECONDS);

const scopesSchema = z
  .array(keyScopeSchema)
  .min(1)
  .max(keyScopeSchema.options.length)
  .transform((scopes) => [...new Set(scopes)]);

export const createApiKeySchema = z
  .object({
    name: z.string().min(1).max(80),
    role: roleSchema,
    scopes: scopesSchema.optional().meta({ description: 'Narrows the role; without any the key may do all of it' }),
    installationAdmin: z.boolean().default(false),
    expiresInSeconds: expirySchema.optional(),
  })
  .strict()
  .refine(({ role, installationAdmin }) => role === 'admin' || !installationAdmin, {
    path: ['role'],
    message: 'must be admin for an admin of the installation',
  });
export const apiKeySchema = z.object({
  id: idSchema('apiKey'),
  name: z.string(),
  role: roleSchema,
  scopes: z.array(keyScopeSchema).nullable().meta({ description: 'Null when the role is not narrowed' }),
  installationAdmin: z.boolean(),
  prefix: z.string().meta({ description: 'First characters of the key, to recognise it by' }),
  userId: idSchema('user')
    .nullable()
    .meta({ description: 'The user whose key it is, and without whom it opens nothing' }),
  createdBy: z.string().nullable(),
  expiresAt: timestampSchema.nullable(),
  previousUntil: timestampSchema
    .nullable()
    .meta({ description: 'Until when the secret before the last rotation works' }),
  revokedAt: timestampSchema.nullable(),
  lastUsedAt: timestampSchema.nullable().meta({ description: 'To a few minutes' }),
  createdAt: timestampSchema,
});
export type ApiKey = z.infer<typeof apiKeySchema>;
export const createdApiKeySchema = apiKeySchema.extend({
  secret: apiKeySecretSchema.meta({ description: 'Shown once' }),
});
export const rotateApiKeySchema = z
  .object({
    overlapSeconds: z
      .int()
      .min(0)
      .max(MAX_OVERLAP_SECONDS)
      .default(DAY)
      .meta({ description: 'How long the old secret still works' }),
    expiresInSeconds: expirySchema.optional().meta({ description: 'From now; without it the key expires when it did' }),
  })
  .strict();

const sessionKind = {
  as: z
    .enum(['cookie', 'token'])
    .default('cookie')
    .meta({ description: '`cookie` for pages, `token` to send as `Authorization: Bearer`' }),
};
export const createSessionSchema = z.union([
  z.object({ email: emailSchema, password: givenPasswordSchema, ...sessionKind }).strict(),
  z.object({ apiKey: z.string().max(200), ...sessionKind }).strict(),
]);

export const principalSchema = z.object({
  id: z.string(),
  name: z.string(),
  projectId: idSchema('project').meta({ description: 'The project that the request acts in' }),
  role: roleSchema.meta({ description: 'Role in that project' }),
  installationAdmin: z.boolean().meta({ description: 'May act in every project, and make new ones' }),
});
export type Principal = z.infer<typeof principalSchema>;

export const meSchema = principalSchema.extend({
  kind: z.enum(['user', 'api_key']),
  memberships: z.array(membershipSchema),
  scopes: z.array(keyScopeSchema).nullable(),
});
export const createdSessionSchema = principalSchema.extend({
  session: z.object({ id: idSchema('session'), expiresAt: timestampSchema }),
  token: z.string().nullable().meta({ description: 'Shown once, and only when asked for' }),
});
export const sessionSchema = z.object({
  id: idSchema('session'),
  method: z.enum(['password', 'api_key', 'oidc']),
  as: z.enum(['cookie', 'token']),
  current: z.boolean().meta({ description: 'The one that this request is made by' }),
  userAgent: z.string().nullable(),
  createdAt: timestampSchema,
  lastUsedAt: timestampSchema.meta({ description: 'To a minute' }),
  expiresAt: timestampSchema.meta({ description: 'It ends earlier when it is not used' }),
});
export type Session = z.infer<typeof sessionSchema>;
