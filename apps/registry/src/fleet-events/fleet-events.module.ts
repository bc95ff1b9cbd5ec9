import { fleetEventsTransport } from '@kernelcast/platform';
import { Module } from '@nestjs/common';
import { ClientProxyFactory, type ClientProxy } from '@nestjs/microservices';
import { CONFIG, type RegistryConfig } from '../config/registry.config.js';
import { DELIVERY_CLIENT, FleetNotifier } from './fleet-notifier.js';

/** Nobody is told where neither Redis nor a port is configured: delivery then finds changes by its own looks. */
const createClient = ({ REDIS_URL, KERNELCAST_EVENTS_PORT: port }: RegistryConfig): ClientProxy | undefined =>
  REDIS_URL === undefined && port === undefined
    ? undefined
    : ClientProxyFactory.create(fleetEventsTransport({ REDIS_URL, KERNELCAST_EVENTS_PORT: port }));

@Module({
  providers: [{ provide: DELIVERY_CLIENT, useFactory: createClient, inject: [CONFIG] }, FleetNotifier],
  exports: [FleetNotifier, DELIVERY_CLIENT],
})
export class FleetEventsModule {}
