import { Transport } from '@nestjs/microservices';
import type { MicroserviceOptions } from '@nestjs/microservices';
import type { DeliveryConfig } from '../config/delivery.config.js';

/** How the registry's events arrive: over Redis to every replica, or by TCP to the only one of an embedded platform. */
export function fleetEventsTransport(config: DeliveryConfig): MicroserviceOptions {
  if (config.REDIS_URL === undefined) {
    const options = { host: config.KERNELCAST_HOST, port: config.KERNELCAST_EVENTS_PORT };
    return { transport: Transport.TCP, options };
  }
  const { hostname, port, username, password, protocol } = new URL(config.REDIS_URL);
  return {
    transport: Transport.REDIS,
    options: {
      host: hostname,
      port: Number(port || 6379),
      ...(username ? { username: decodeURIComponent(username) } : {}),
      ...(password ? { password: decodeURIComponent(password) } : {}),
      ...(protocol === 'rediss:' ? { tls: {} } : {}),
    },
  };
}
