import type { WebhookEvent } from '@kernelcast/contracts';
import type { Tx } from '../database.js';
import { newId } from '../ids.js';
import { describeEvent, type SubjectEvent } from './describe.js';

/** Something that webhooks are told of: whole, or by the id of what it happened to, whose row tells the rest. */
export type Announcement =
  SubjectEvent | (Extract<WebhookEvent, { type: 'alias.moved' }> & { readonly projectId: string });

/**
 * Announces an event to the enabled webhooks of its project that want it, in the transaction of the change it tells of and after it:
 * what is rolled back is never told, what is committed will be. Writes nothing where nobody listens.
 */
export const recordWebhookEvent = async (tx: Tx, event: Announcement): Promise<void> => {
  // The lock keeps a webhook from being deleted until its delivery is there.
  const listeners = await tx.$queryRaw<{ id: string; projectId: string }[]>`
    SELECT id, project_id AS "projectId" FROM webhooks WHERE enabled AND ${event.type} = ANY(event_types) ORDER BY id FOR KEY SHARE`;
  if (listeners.length === 0) return;
  const { projectId, data } = 'data' in event ? event : await describeEvent(tx, event);
  const webhookIds = listeners.filter((listener) => listener.projectId === projectId).map(({ id }) => id);
  await deliverTo(tx, { type: event.type, data }, webhookIds);
};

/** Announces a test to one webhook, whatever it subscribed to. @returns id of the delivery */
export const recordWebhookTest = async (tx: Tx, webhookId: string): Promise<string | undefined> => {
  const [id] = await deliverTo(tx, { type: 'webhook.test', data: { webhookId } }, [webhookId]);
  return id;
};

const deliverTo = async (
  tx: Tx,
  { type, data }: Pick<WebhookEvent, 'type' | 'data'>,
  webhookIds: readonly string[],
): Promise<string[]> => {
  if (webhookIds.length === 0) return [];
  const createdAt = new Date();
  const payload = JSON.stringify({ type, timestamp: createdAt.toISOString(), data });
  const event = await tx.webhookEvent.create({ data: { id: newId('webhookEvent'), type, payload, createdAt } });
  const deliveries = webhookIds.map((webhookId) => ({ id: newId('webhookDelivery'), webhookId, eventId: event.id }));
  await tx.webhookDelivery.createMany({ data: deliveries });
  return deliveries.map(({ id }) => id);
};
