import type { listDeliveriesQuerySchema, Page, WebhookDelivery, WebhookDeliveryDetail } from '@kernelcast/contracts';
import { recordWebhookTest, type Tx } from '@kernelcast/database';
import { AppError } from '@kernelcast/platform';
import { Injectable } from '@nestjs/common';
import type { z } from 'zod';
import type { Actor } from '../changes/actor.js';
import { Changes } from '../changes/changes.service.js';
import type { Owned } from '../projects/project-access.js';
import { pageById } from '../paging/paging.js';
import { DeliveriesRepository, type DeliveryReference } from './deliveries.repository.js';
import { Dispatcher } from './sending/dispatcher.service.js';
import { WebhooksRepository } from './webhooks.repository.js';
import { notFound } from './webhooks.service.js';

@Injectable()
export class DeliveriesService {
  constructor(
    private readonly webhooks: WebhooksRepository,
    private readonly deliveries: DeliveriesRepository,
    private readonly changes: Changes,
    private readonly dispatcher: Dispatcher,
  ) {}

  /** @throws AppError `webhook_not_found` */
  async list(
    { projectId }: Owned,
    webhookId: string,
    query: z.infer<typeof listDeliveriesQuerySchema>,
  ): Promise<Page<WebhookDelivery>> {
    if (!(await this.webhooks.find({ id: webhookId, projectId }))) notFound(webhookId);
    return pageById(await this.deliveries.list(webhookId, query), query);
  }

  /** @throws AppError `webhook_not_found` */
  async get({ projectId }: Owned, reference: DeliveryReference): Promise<WebhookDeliveryDetail> {
    if (!(await this.webhooks.find({ id: reference.webhookId, projectId }))) notFound(reference.webhookId);
    return (await this.deliveries.findDetail(reference)) ?? deliveryNotFound(reference);
  }

  /** Sends a test event. @throws AppError `webhook_not_found`, `conflict` when the webhook is disabled */
  async test(actor: Actor, webhookId: string): Promise<WebhookDelivery> {
    const delivery = await this.changes.commit(actor, async (tx) => {
      await this.assertEnabled(tx, actor, webhookId);
      const id = (await recordWebhookTest(tx, webhookId)) ?? notFound(webhookId);
      const result = (await this.deliveries.find({ webhookId, id }, tx)) ?? deliveryNotFound({ webhookId, id });
      return { result, audit: { action: 'webhook.test', resource: webhookId, after: { deliveryId: id } } };
    });
    this.dispatcher.wake();
    return delivery;
  }

  /**
   * Sends an event again, under the id it had.
   * @throws AppError `webhook_not_found`, `conflict` when it is being sent already or the webhook is disabled
   */
  async redeliver(actor: Actor, reference: DeliveryReference): Promise<WebhookDelivery> {
    const delivery = await this.changes.commit(actor, async (tx) => {
      await this.assertEnabled(tx, actor, reference.webhookId);
      const before = (await this.deliveries.find(reference, tx)) ?? deliveryNotFound(reference);
      if (!(await this.deliveries.restart(tx, reference)))
        throw new AppError('conflict', 'This delivery is still being tried');
      const result = (await this.deliveries.find(reference, tx)) ?? deliveryNotFound(reference);
      const change = { before: { state: before.state }, after: { state: result.state, eventId: result.eventId } };
      return { result, audit: { action: 'webhook_delivery.redeliver', resource: reference.id, ...change } };
    });
    this.dispatcher.wake();
    return delivery;
  }

  private async assertEnabled(tx: Tx, { projectId }: Owned, webhookId: string): Promise<void> {
    const webhook = (await this.webhooks.lock(tx, { id: webhookId, projectId })) ?? notFound(webhookId);
    if (!webhook.enabled) throw new AppError('conflict', 'The webhook is disabled');
  }
}

const deliveryNotFound = ({ webhookId, id }: DeliveryReference): never => {
  throw new AppError('webhook_not_found', `The webhook ${webhookId} has no delivery ${id}`);
};
