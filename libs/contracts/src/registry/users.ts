import { z } from 'zod';
import { idSchema, pageQuerySchema, roleSchema, slugSchema, timestampSchema } from '../common/primitives.js';
import { newPasswordSchema, givenPasswordSchema } from './passwords.js';

const MAX_MEMBERSHIPS = 200;

/** Addresses are compared in lower case: no provider in use tells them apart by case. */
export const emailSchema = z
  .string()
  .max(254)
  .transform((text) => text.trim().toLowerCase())
  .pipe(z.email());
const nameSchema = z.string().trim().min(1).max(120);

export const membershipSchema = z.object({
  projectId: idSchema('project'),
  projectName: slugSchema,
  role: roleSchema,
});
const newMembershipSchema = z
  .object({ project: z.string().min(1).max(64).meta({ description: 'Id or name of the project' }), role: roleSchema })
  .strict();
const newMembershipsSchema = z.array(newMembershipSchema).max(MAX_MEMBERSHIPS);

export const userSchema = z.object({
  id: idSchema('user'),
  email: z.string(),
  name: z.string(),
  installationAdmin: z.boolean().meta({ description: 'Admin in every project, and of users and projects' }),
  memberships: z.array(membershipSchema),
  hasPassword: z.boolean(),
  external: z.boolean().meta({ description: 'Logs in through the OpenID Connect provider' }),
  disabledAt: timestampSchema.nullable(),
  lastLoginAt: timestampSchema.nullable(),
  createdAt: timestampSchema,
});
export type User = z.infer<typeof userSchema>;

export const listUsersQuerySchema = pageQuerySchema.extend({
  email: emailSchema.optional(),
  disabled: z.stringbool().optional(),
});
export const createUserSchema = z
  .object({
    email: emailSchema,
    name: nameSchema,
    installationAdmin: z.boolean().default(false),
    memberships: newMembershipsSchema.default([]),
    password: newPasswordSchema.optional().meta({ description: 'Without one the answer holds a reset token' }),
  })
  .strict();
export const updateUserSchema = z
  .object({
    name: nameSchema.optional(),
    disabled: z.boolean().optional(),
    installationAdmin: z.boolean().optional(),
    memberships: newMembershipsSchema.optional().meta({ description: 'Replaces all' }),
  })
  .strict()
  .refine((changes) => Object.keys(changes).length > 0, 'name something to change');

const tokenSchema = z.string().min(1).max(100);
export const passwordResetSchema = z.object({
  token: tokenSchema.meta({ description: 'Shown once; whoever has it chooses the new password' }),
  expiresAt: timestampSchema,
});
export const createdUserSchema = userSchema.extend({ passwordReset: passwordResetSchema.nullable() });

export const redeemPasswordResetSchema = z.object({ token: tokenSchema, newPassword: newPasswordSchema }).strict();
export const changePasswordSchema = z
  .object({ currentPassword: givenPasswordSchema, newPassword: newPasswordSchema })
  .strict();
export const bootstrapSchema = z
  .object({ token: tokenSchema, email: emailSchema, name: nameSchema, password: newPasswordSchema })
  .strict();

export const loginMethodsSchema = z.object({
  password: z.boolean(),
  oidc: z.object({ name: z.string() }).nullable(),
  bootstrap: z.boolean().meta({ description: 'There is nobody yet: the first admin can be made with the token' }),
});
