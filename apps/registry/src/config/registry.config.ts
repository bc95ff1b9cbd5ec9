import os from 'node:os';
import { apiKeySecretSchema } from '@kernelcast/contracts';
import { environmentShapes } from '@kernelcast/platform';
import { z } from 'zod';
import { rateLimitShape } from '../rate-limits/rate-limits.config.js';
import { webhookShape } from './webhooks.config.js';
import { bootstrapEnvironment, checkBootstrap } from '../identity/bootstrap/bootstrap.config.js';
import { checkOidc, oidcEnvironment } from '../identity/oidc/oidc.config.js';

/** Everything the registry reads from its environment. */
const registryEnvironment = z.object({
  ...environmentShapes.http,
  ...environmentShapes.logging,
  ...environmentShapes.database,
  ...environmentShapes.redis,
  ...environmentShapes.masterKey,
  ...environmentShapes.objectStore,
  /** Where the delivery service listens for `fleet.changed`, when there is no Redis. */
  KERNELCAST_EVENTS_PORT: z.coerce.number().int().min(1).max(65_535).optional(),
  KERNELCAST_BOOTSTRAP_API_KEY: apiKeySecretSchema.optional(),
  /** Where uploads wait until they have arrived in whole; it needs room for the largest dataset. */
  KERNELCAST_UPLOAD_DIR: z.string().default(os.tmpdir()),
  /** What a process may take that reads and runs a base network of unknown origin. */
  KERNELCAST_BASE_CHECK_MEMORY_MB: z.coerce.number().int().min(256).max(65_536).default(2048),
  KERNELCAST_BASE_CHECK_SECONDS: z.coerce.number().min(1).max(3600).default(120),
  KERNELCAST_DASHBOARD_DIR: z.string().optional(),
  KERNELCAST_MIGRATE: z.stringbool().default(true),
  /** Addresses or networks of the proxies in front of us, comma-separated: their `X-Forwarded-*` is believed. */
  KERNELCAST_TRUSTED_PROXIES: z.string().optional(),
  /** Seconds between two searches for objects that nothing refers to; 0 for none but those that are asked for. */
  KERNELCAST_GC_INTERVAL_SECONDS: z.coerce.number().int().min(0).max(2_592_000).default(86_400),
  /** Seconds for which such objects are kept. */
  KERNELCAST_GC_MIN_AGE_SECONDS: z.coerce.number().int().min(3600).max(31_536_000).default(86_400),
  /** Seconds between two signed checkpoints of the audit log. */
  KERNELCAST_AUDIT_CHECKPOINT_SECONDS: z.coerce.number().int().min(10).max(86_400).default(3600),
  ...rateLimitShape,
  ...webhookShape,
  /** Hours after which a session ends, and minutes without a use after which it does. */
  KERNELCAST_SESSION_HOURS: z.coerce.number().positive().max(720).default(12),
  KERNELCAST_SESSION_IDLE_MINUTES: z.coerce.number().min(5).max(43_200).default(240),
  /** Days after which an API key expires that does not say when, and those it may last; 0 for no bound. */
  KERNELCAST_API_KEY_DEFAULT_DAYS: z.coerce.number().min(0).max(3650).default(90),
  KERNELCAST_API_KEY_MAX_DAYS: z.coerce.number().min(0).max(3650).default(366),
  ...bootstrapEnvironment,
  ...oidcEnvironment,
});
/** The same, with what must go together. */
export const registryConfigSchema = registryEnvironment.superRefine((env, context) => {
  checkOidc(env, context);
  checkBootstrap(env, context);
});
export type RegistryConfig = z.infer<typeof registryConfigSchema>;

/** Injection token of the {@link RegistryConfig}. */
export const CONFIG = 'kernelcast:registry-config';
/** Injection token of the master key's bytes: seals what must not lie open in the database. */
export const MASTER_KEY = 'kernelcast:master-key';
/** Injection token of the service's pino logger. */
export const LOGGER = 'kernelcast:logger';
