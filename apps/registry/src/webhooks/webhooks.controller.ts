import {
  registryRoutes,
  type CreatedWebhook,
  type Page,
  type RouteInput,
  type Webhook,
  type WebhookDelivery,
  type WebhookDeliveryDetail,
} from '@kernelcast/contracts';
import { Input, Route } from '@kernelcast/platform';
import { Controller } from '@nestjs/common';
import type { Actor } from '../changes/actor.js';
import { CurrentActor } from '../identity/current-actor.decorator.js';
import { DeliveriesService } from './deliveries.service.js';
import { WebhooksService } from './webhooks.service.js';

type In<R extends keyof typeof registryRoutes> = RouteInput<(typeof registryRoutes)[R]>;

@Controller()
export class WebhooksController {
  constructor(
    private readonly webhooks: WebhooksService,
    private readonly deliveries: DeliveriesService,
  ) {}

  @Route(registryRoutes.createWebhook)
  create(@CurrentActor() actor: Actor, @Input() { body }: In<'createWebhook'>): Promise<CreatedWebhook> {
    return this.webhooks.create(actor, body);
  }

  @Route(registryRoutes.listWebhooks)
  list(@CurrentActor() actor: Actor, @Input() { query }: In<'listWebhooks'>): Promise<Page<Webhook>> {
    return this.webhooks.list(actor, query);
  }

  @Route(registryRoutes.getWebhook)
  get(@CurrentActor() actor: Actor, @Input() { params }: In<'getWebhook'>): Promise<Webhook> {
    return this.webhooks.get(actor, params.id);
  }

  @Route(registryRoutes.updateWebhook)
  update(@CurrentActor() actor: Actor, @Input() { params, body }: In<'updateWebhook'>): Promise<Webhook> {
    return this.webhooks.update(actor, params.id, body);
  }

  @Route(registryRoutes.deleteWebhook)
  delete(@CurrentActor() actor: Actor, @Input() { params }: In<'deleteWebhook'>): Promise<void> {
    return this.webhooks.delete(actor, params.id);
  }

  @Route(registryRoutes.rotateWebhookSecret)
  rotate(@CurrentActor() actor: Actor, @Input() { params, body }: In<'rotateWebhookSecret'>): Promise<CreatedWebhook> {
    return this.webhooks.rotateSecret(actor, params.id, body.overlapSeconds);
  }

  @Route(registryRoutes.testWebhook)
  test(@CurrentActor() actor: Actor, @Input() { params }: In<'testWebhook'>): Promise<WebhookDelivery> {
    return this.deliveries.test(actor, params.id);
  }

  @Route(registryRoutes.listWebhookDeliveries)
  listDeliveries(
    @CurrentActor() actor: Actor,
    @Input() { params, query }: In<'listWebhookDeliveries'>,
  ): Promise<Page<WebhookDelivery>> {
    return this.deliveries.list(actor, params.id, query);
  }

  @Route(registryRoutes.getWebhookDelivery)
  getDelivery(
    @CurrentActor() actor: Actor,
    @Input() { params }: In<'getWebhookDelivery'>,
  ): Promise<WebhookDeliveryDetail> {
    return this.deliveries.get(actor, { webhookId: params.id, id: params.delivery });
  }

  @Route(registryRoutes.redeliverWebhookDelivery)
  redeliver(
    @CurrentActor() actor: Actor,
    @Input() { params }: In<'redeliverWebhookDelivery'>,
  ): Promise<WebhookDelivery> {
    return this.deliveries.redeliver(actor, { webhookId: params.id, id: params.delivery });
  }
}
