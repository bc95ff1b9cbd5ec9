import { z } from 'zod';
import { idSchema, pageQuerySchema, timestampSchema } from '../common/primitives.js';
import { webhookEventTypes, webhookEventTypeSchema } from './webhook-events.js';

export const MAX_WEBHOOK_URL_LENGTH = 2048;

const settings = {
  url: z
    .url()
    .max(MAX_WEBHOOK_URL_LENGTH)
    .meta({ description: 'Where events are posted to: https, a public address, no user name or password' }),
  description: z.string().max(200),
  eventTypes: z
    .array(webhookEventTypeSchema)
    .min(1)
    .max(webhookEventTypes.length)
    .refine((types) => new Set(types).size === types.length, 'types must be distinct'),
};
/** Identifier of a signature in `webhook-signature`: HMAC-SHA256 with a shared secret, or Ed25519. */
const signingSchema = z.enum(['v1', 'v1a']);
export type WebhookSigning = z.infer<typeof signingSchema>;

export const createWebhookSchema = z
  .object({ ...settings, description: settings.description.default(''), signing: signingSchema.default('v1') })
  .strict();
export const updateWebhookSchema = z
  .object({ ...settings, enabled: z.boolean() })
  .partial()
  .strict()
  .refine((changes) => Object.keys(changes).length > 0, 'nothing to change');
export const webhookSchema = z.object({
  id: idSchema('webhook'),
  ...settings,
  url: z.string(),
  eventTypes: z.array(webhookEventTypeSchema),
  signing: signingSchema,
  publicKey: z.string().nullable().meta({ description: '`whpk_…`, with which `v1a` signatures are verified' }),
  enabled: z.boolean(),
  disabledReason: z.enum(['requested', 'gone', 'failing']).nullable(),
  failingSince: timestampSchema.nullable().meta({ description: 'Of the first failure since the last success' }),
  previousSecretUntil: timestampSchema.nullable().meta({ description: 'Until then the secret before signs as well' }),
  createdAt: timestampSchema,
  updatedAt: timestampSchema,
});
export type Webhook = z.infer<typeof webhookSchema>;

const secret = z.string().nullable().meta({ description: '`whsec_…`, shown once; none where a public key verifies' });
export const createdWebhookSchema = webhookSchema.extend({ secret });
export type CreatedWebhook = z.infer<typeof createdWebhookSchema>;

const DAY_SECONDS = 86_400;
export const rotateWebhookSecretSchema = z
  .object({
    overlapSeconds: z
      .int()
      .min(0)
      .max(7 * DAY_SECONDS)
      .default(DAY_SECONDS)
      .meta({ description: 'How long requests are signed by the old secret as well' }),
  })
  .strict();

const deliveryStateSchema = z.enum(['pending', 'delivered', 'failed']);
export const webhookDeliverySchema = z.object({
  id: idSchema('webhookDelivery'),
  webhookId: idSchema('webhook'),
  eventId: idSchema('webhookEvent').meta({ description: '`webhook-id` of every attempt' }),
  eventType: z.enum(webhookEventTypes),
  state: deliveryStateSchema,
  attempts: z.int().nonnegative(),
  nextAttemptAt: timestampSchema.nullable(),
  createdAt: timestampSchema,
  finishedAt: timestampSchema.nullable(),
});
export type WebhookDelivery = z.infer<typeof webhookDeliverySchema>;
export const listDeliveriesQuerySchema = pageQuerySchema.extend({ state: deliveryStateSchema.optional() });

const headSchema = z.record(z.string(), z.string());
export const webhookAttemptSchema = z.object({
  number: z.int().positive(),
  at: timestampSchema,
  durationMs: z.int().nonnegative(),
  status: z.int().nullable(),
  error: z.string().nullable().meta({ description: 'Why there was no answer' }),
  requestHead: headSchema.meta({ description: 'Without the signature' }),
  responseHead: headSchema.nullable(),
  responseBody: z.string().nullable().meta({ description: 'Its beginning' }),
});
export type WebhookAttempt = z.infer<typeof webhookAttemptSchema>;
export const webhookDeliveryDetailSchema = webhookDeliverySchema.extend({
  payload: z.string().meta({ description: 'The body, byte for byte as it is signed and sent' }),
  log: z.array(webhookAttemptSchema),
});
export type WebhookDeliveryDetail = z.infer<typeof webhookDeliveryDetailSchema>;
