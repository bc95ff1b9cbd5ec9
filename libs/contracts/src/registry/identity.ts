import { z } from 'zod';
import { idSchema, roleSchema, timestampSchema } from '../common/primitives.js';

/** `kc_` and 43 base64url characters: 256 random bits. */
export const apiKeySecretSchema = z.string().regex(/^kc_[A-Za-z0-9_-]{43}$/, 'must be an API key (kc_…)');

export const createApiKeySchema = z
  .object({
    name: z.string().min(1).max(80),
    role: roleSchema,
    expiresInSeconds: z.int().min(60).max(31_536_000).optional(),
  })
  .strict();
export const apiKeySchema = z.object({
  id: idSchema('apiKey'),
  name: z.string(),
  role: roleSchema,
  prefix: z.string().meta({ description: 'First characters of the key, to recognise it by' }),
  expiresAt: timestampSchema.nullable(),
  revokedAt: timestampSchema.nullable(),
  createdAt: timestampSchema,
});
export const createdApiKeySchema = apiKeySchema.extend({
  secret: apiKeySecretSchema.meta({ description: 'Shown once' }),
});

export const createSessionSchema = z.object({ apiKey: z.string().max(200) }).strict();
export const principalSchema = z.object({
  id: z.string(),
  name: z.string(),
  projectId: idSchema('project').meta({ description: 'The project that the request acts in' }),
  role: roleSchema.meta({ description: 'Role in that project' }),
  installationAdmin: z.boolean().meta({ description: 'May act in every project, and make new ones' }),
});
export type Principal = z.infer<typeof principalSchema>;
