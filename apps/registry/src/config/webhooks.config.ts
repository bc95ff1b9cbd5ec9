import { z } from 'zod';

const listOf = <T extends z.ZodType<unknown, string>>(item: T) =>
  z
    .string()
    .transform((text) => text.split(',').map((part) => part.trim()))
    .pipe(z.array(item));

const portSchema = z
  .string()
  .regex(/^\d{1,5}$/, 'must be ports, separated by commas')
  .transform(Number)
  .pipe(z.int().min(1).max(65_535));

/** Where webhooks may be sent to. */
export const webhookShape = {
  KERNELCAST_WEBHOOK_PORTS: listOf(portSchema).default([443]),
  /** Plain `http:` as well; for development. */
  KERNELCAST_WEBHOOK_ALLOW_HTTP: z.stringbool().default(false),
  /** Networks that are not public and where receivers may be all the same, such as `10.1.0.0/16,fd00::/8`. */
  KERNELCAST_WEBHOOK_ALLOWED_NETWORKS: listOf(
    z.union([z.cidrv4(), z.cidrv6()], 'must be networks such as 10.1.0.0/16, separated by commas'),
  ).default([]),
} as const;
