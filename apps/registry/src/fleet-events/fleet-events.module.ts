import { Module } from '@nestjs/common';
import { ClientProxyFactory, Transport, type ClientProxy } from '@nestjs/microservices';
import { CONFIG, type RegistryConfig } from '../config/registry.config.js';
import { DELIVERY_CLIENT, FleetNotifier } from './fleet-notifier.js';

const REDIS_PORT = 6379;

/** Redis where there is one, as there may be many delivery replicas; else TCP to the only one, on this machine. */
const createClient = (config: RegistryConfig): ClientProxy | undefined => {
  if (config.REDIS_URL) {
    return ClientProxyFactory.create({ transport: Transport.REDIS, options: redisOptions(new URL(config.REDIS_URL)) });
  }
  if (config.KERNELCAST_EVENTS_PORT === undefined) return undefined;
  const options = { host: config.KERNELCAST_HOST, port: config.KERNELCAST_EVENTS_PORT };
  return ClientProxyFactory.create({ transport: Transport.TCP, options });
};

const redisOptions = ({ hostname, port, username, password, protocol }: URL) => ({
  host: hostname,
  port: Number(port || REDIS_PORT),
  ...(username ? { username: decodeURIComponent(username) } : {}),
  ...(password ? { password: decodeURIComponent(password) } : {}),
  ...(protocol === 'rediss:' ? { tls: {} } : {}),
});

@Module({
  providers: [{ provide: DELIVERY_CLIENT, useFactory: createClient, inject: [CONFIG] }, FleetNotifier],
  exports: [FleetNotifier],
})
export class FleetEventsModule {}
