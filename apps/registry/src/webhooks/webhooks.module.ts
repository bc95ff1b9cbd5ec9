import { Module } from '@nestjs/common';
import { CONFIG, type RegistryConfig } from '../config/registry.config.js';
import { DeliveriesRepository } from './deliveries.repository.js';
import { DeliveriesService } from './deliveries.service.js';
import type { AddressRules } from './sending/address-rules.js';
import { networksOf } from './sending/addresses.js';
import { ClaimsRepository } from './sending/claims.repository.js';
import { Dispatcher } from './sending/dispatcher.service.js';
import { WebhookSender } from './sending/webhook-sender.service.js';
import { WebhooksController } from './webhooks.controller.js';
import { WebhooksRepository } from './webhooks.repository.js';
import { ADDRESS_RULES, WebhooksService } from './webhooks.service.js';

const rulesOf = (config: RegistryConfig): AddressRules => ({
  allowHttp: config.KERNELCAST_WEBHOOK_ALLOW_HTTP,
  ports: new Set(config.KERNELCAST_WEBHOOK_PORTS),
  allowedNetworks: networksOf(config.KERNELCAST_WEBHOOK_ALLOWED_NETWORKS),
});

@Module({
  controllers: [WebhooksController],
  providers: [
    { provide: ADDRESS_RULES, useFactory: rulesOf, inject: [CONFIG] },
    WebhooksRepository,
    DeliveriesRepository,
    ClaimsRepository,
    WebhooksService,
    DeliveriesService,
    WebhookSender,
    Dispatcher,
  ],
  exports: [DeliveriesRepository],
})
export class WebhooksModule {}
