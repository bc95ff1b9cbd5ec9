import { Transport } from '@nestjs/microservices';
import type { RedisOptions } from '@nestjs/microservices';

export interface FleetEventsAddress {
  readonly REDIS_URL?: string | undefined;
  /** Of delivery; needed only where there is no Redis. */
  readonly KERNELCAST_EVENTS_PORT?: number | undefined;
}

/** What both a listener and a client are made of. */
export type FleetEventsTransport =
  | { transport: Transport.TCP; options: { host: string; port: number | undefined } }
  | { transport: Transport.REDIS; options: RedisOptions['options'] };

const REDIS_PORT = 6379;
/** Without Redis both ends are on one machine. The port knows no credentials, so nobody else may reach it. */
const LOOPBACK = '127.0.0.1';

/**
 * How `fleet.changed` travels from the registry to delivery, for both ends: over Redis to every replica, or by TCP to
 * the only one of an embedded platform.
 */
export const fleetEventsTransport = (address: FleetEventsAddress): FleetEventsTransport =>
  address.REDIS_URL === undefined
    ? { transport: Transport.TCP, options: { host: LOOPBACK, port: address.KERNELCAST_EVENTS_PORT } }
    : { transport: Transport.REDIS, options: redisOptions(new URL(address.REDIS_URL)) };

const redisOptions = ({ hostname, port, username, password, protocol }: URL): RedisOptions['options'] => ({
  host: hostname,
  port: Number(port || REDIS_PORT),
  ...(username ? { username: decodeURIComponent(username) } : {}),
  ...(password ? { password: decodeURIComponent(password) } : {}),
  ...(protocol === 'rediss:' ? { tls: {} } : {}),
});
