import { apiKeySecretSchema } from '@kernelcast/contracts';
import { environmentShapes } from '@kernelcast/platform';
import { z } from 'zod';

/** Everything the registry reads from its environment. */
export const registryConfigSchema = z.object({
  ...environmentShapes.http,
  ...environmentShapes.logging,
  ...environmentShapes.database,
  ...environmentShapes.redis,
  ...environmentShapes.masterKey,
  ...environmentShapes.objectStore,
  /** Where the delivery service listens for `fleet.changed`, when there is no Redis. */
  KERNELCAST_EVENTS_PORT: z.coerce.number().int().min(1).max(65_535).optional(),
  KERNELCAST_EVENTS_HOST: z.string().default('127.0.0.1'),
  KERNELCAST_BOOTSTRAP_API_KEY: apiKeySecretSchema.optional(),
  KERNELCAST_DASHBOARD_DIR: z.string().optional(),
  KERNELCAST_MIGRATE: z.stringbool().default(true),
  /** Proxies in front of us whose `X-Forwarded-*` headers are believed. */
  KERNELCAST_TRUSTED_PROXIES: z.coerce.number().int().min(0).max(10).default(0),
});
export type RegistryConfig = z.infer<typeof registryConfigSchema>;

/** Injection token of the {@link RegistryConfig}. */
export const CONFIG = 'kernelcast:registry-config';
/** Injection token of the master key's bytes: seals what must not lie open in the database. */
export const MASTER_KEY = 'kernelcast:master-key';
