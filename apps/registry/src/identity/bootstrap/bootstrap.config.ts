import { readFileSync } from 'node:fs';
import { emailSchema, newPasswordSchema } from '@kernelcast/contracts';
import { z } from 'zod';

/** Variables of the environment by which the first admin is made. */
export const bootstrapEnvironment = {
  KERNELCAST_ADMIN_EMAIL: emailSchema.optional(),
  KERNELCAST_ADMIN_PASSWORD: newPasswordSchema.optional(),
  /** File that holds the password, e.g. a mounted Kubernetes secret. */
  KERNELCAST_ADMIN_PASSWORD_FILE: z.string().optional(),
} as const;
type BootstrapEnvironment = z.infer<z.ZodObject<typeof bootstrapEnvironment>>;

/** Faults between the variables, for a refinement of the whole configuration. */
export const checkBootstrap = (env: BootstrapEnvironment, context: z.RefinementCtx): void => {
  const hasPassword = Boolean(env.KERNELCAST_ADMIN_PASSWORD ?? env.KERNELCAST_ADMIN_PASSWORD_FILE);
  if (Boolean(env.KERNELCAST_ADMIN_EMAIL) === hasPassword) return;
  const path = [hasPassword ? 'KERNELCAST_ADMIN_EMAIL' : 'KERNELCAST_ADMIN_PASSWORD_FILE'];
  context.addIssue({ code: 'custom', path, message: 'is needed to make the first admin' });
};

/**
 * The first admin that the operator configured; undefined when there is none.
 * @throws Error when the file of the password cannot be read, or holds none that may be one
 */
export const configuredAdmin = (env: BootstrapEnvironment) => {
  const { KERNELCAST_ADMIN_EMAIL: email, KERNELCAST_ADMIN_PASSWORD_FILE: file } = env;
  if (!email) return undefined;
  const given = file ? readFileSync(file, 'utf8').replace(/\r?\n$/, '') : env.KERNELCAST_ADMIN_PASSWORD;
  const password = newPasswordSchema.safeParse(given);
  if (!password.success) throw new Error(`${file ?? 'KERNELCAST_ADMIN_PASSWORD'} holds no password: too short or long`);
  return { email, name: email.split('@')[0] ?? email, password: password.data };
};
