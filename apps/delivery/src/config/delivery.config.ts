import { availableParallelism } from 'node:os';
import { environmentShapes, readConfig } from '@kernelcast/platform';
import { z } from 'zod';
import { blobShape, faultOfRedirect } from './blob-settings.js';

const shape = z.object({
  ...environmentShapes.http,
  ...environmentShapes.logging,
  ...environmentShapes.database,
  ...environmentShapes.redis,
  ...environmentShapes.masterKey,
  ...environmentShapes.objectStore,
  ...blobShape,
  /** Days for which reports are kept; 0 for ever. What each slot runs is kept apart from them. */
  KERNELCAST_REPORT_RETENTION_DAYS: z.coerce.number().min(0).max(3_650).default(90),
  /** Where the registry tells of changes when there is no Redis; 0 lets the system choose. */
  KERNELCAST_EVENTS_PORT: z.coerce.number().int().min(0).max(65_535).default(0),
  /** Time between two looks at the fleet version, should an event be lost. */
  KERNELCAST_FLEET_CHECK_SECONDS: z.coerce.number().min(0.1).max(3_600).default(2),
  /** Processes that share the port; each holds the whole fleet. */
  KERNELCAST_DELIVERY_WORKERS: z
    .literal('auto')
    .transform(() => availableParallelism())
    .or(z.coerce.number().int().min(1).max(256))
    .default(1),
  /** Where the metrics of all workers together are served, when there are several; nowhere by default. */
  KERNELCAST_METRICS_PORT: z.coerce.number().int().min(0).max(65_535).optional(),
  /** Time between two polls of one device. */
  KERNELCAST_POLL_SECONDS: z.coerce.number().int().min(1).max(86_400).default(60),
});

const configSchema = shape.superRefine((config, context) => {
  const message = faultOfRedirect(config);
  if (message !== undefined) context.addIssue({ code: 'custom', path: ['KERNELCAST_BLOB_REDIRECT'], message });
});

export type DeliveryConfig = z.infer<typeof configSchema>;

/** @throws ConfigError with all faults at once */
export const readDeliveryConfig = (environment?: Readonly<Record<string, string | undefined>>): DeliveryConfig =>
  readConfig(configSchema, environment);
