import { z } from 'zod';

/** The environment lacks something or has a wrong value; lists every fault, and never a value. */
export class ConfigError extends Error {
  readonly code = 'config_invalid';
  readonly faults: readonly string[];

  constructor(faults: readonly string[]) {
    super(`The configuration is not valid:\n${faults.map((fault) => `  ${fault}`).join('\n')}`);
    this.name = 'ConfigError';
    this.faults = faults;
  }
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads a service's configuration, once, at boot. An empty variable counts as not set, as Compose files and Kubernetes
 * manifests often pass it on that way.
 * @throws ConfigError with all faults at once
 */
export const readConfig = <S extends z.ZodType>(schema: S, environment: Environment = process.env): z.infer<S> => {
  const given = Object.fromEntries(
    Object.entries(environment).filter(([, value]) => value !== undefined && value !== ''),
  );
  const result = schema.safeParse(given);
  if (result.success) return result.data;
  throw new ConfigError(
    result.error.issues.map((issue) => `${issue.path.join('.') || 'environment'}: ${issue.message}`),
  );
};

const MASTER_KEY_BYTES = 32;
const portSchema = z.coerce.number().int().min(0).max(65_535);

/** Shapes of the variables that several services read; each service composes its schema of them. */
export const environmentShapes = {
  http: {
    KERNELCAST_HOST: z.string().default('127.0.0.1'),
    /** 0 lets the system choose a free port. */
    KERNELCAST_PORT: portSchema.default(0),
  },
  logging: {
    LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
    KERNELCAST_LOG_FORMAT: z.enum(['json', 'pretty']).default('json'),
  },
  database: { DATABASE_URL: z.url({ protocol: /^postgres(ql)?$/, error: 'must be a postgresql:// URL' }) },
  redis: { REDIS_URL: z.url({ protocol: /^rediss?$/, error: 'must be a redis:// URL' }).optional() },
  masterKey: {
    KERNELCAST_MASTER_KEY: z
      .base64url('must be 32 bytes in base64url')
      .transform((text) => Buffer.from(text, 'base64url'))
      .refine((key) => key.length === MASTER_KEY_BYTES, 'must be 32 bytes in base64url'),
  },
  objectStore: {
    S3_ENDPOINT: z.url().optional(),
    S3_BUCKET: z.string().min(3).max(63).optional(),
    S3_REGION: z.string().default('us-east-1'),
    S3_ACCESS_KEY_ID: z.string().optional(),
    S3_SECRET_ACCESS_KEY: z.string().optional(),
    S3_FORCE_PATH_STYLE: z.stringbool().default(true),
    KERNELCAST_STORE_DIR: z.string().optional(),
  },
} as const;
