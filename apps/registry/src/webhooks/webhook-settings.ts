import type { CreatedWebhook, Webhook, WebhookSigning } from '@kernelcast/contracts';
import type { Prisma } from '@kernelcast/database';

type Row = Prisma.WebhookGetPayload<object>;

const timeOrNull = (at: Date | null): string | null => at?.toISOString() ?? null;

/** A row as people see it: without its secrets. */
export const toWebhook = (row: Row): Webhook => ({
  id: row.id,
  url: row.url,
  description: row.description,
  eventTypes: row.eventTypes as Webhook['eventTypes'],
  signing: row.signing as WebhookSigning,
  publicKey: row.publicKey,
  enabled: row.enabled,
  disabledReason: row.disabledReason as Webhook['disabledReason'],
  failingSince: timeOrNull(row.failingSince),
  previousSecretUntil: timeOrNull(row.previousSecretUntil),
  createdAt: row.createdAt.toISOString(),
  updatedAt: row.updatedAt.toISOString(),
});

/** What the audit log keeps of a webhook. */
export const auditOf = ({ url, description, eventTypes, signing, enabled, disabledReason }: Webhook) => ({
  url,
  description,
  eventTypes,
  signing,
  enabled,
  disabledReason,
});

/** A sealed secret opens only as that of the webhook it was made for. */
export const sealContext = (webhookId: string): string => `webhook:${webhookId}`;

export type NewSecret = Pick<CreatedWebhook, 'secret' | 'publicKey'> & { readonly sealed: Uint8Array<ArrayBuffer> };
