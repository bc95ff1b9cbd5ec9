import { FLEET_CHANGED } from '@kernelcast/contracts';
import { freePort } from '@kernelcast/platform';
import { startRedis } from '@kernelcast/testing';
import type { TestRedis } from '@kernelcast/testing';
import { ClientProxyFactory, Transport } from '@nestjs/microservices';
import type { ClientProxy } from '@nestjs/microservices';
import { lastValueFrom } from 'rxjs';
import { startDeliveryFixture } from '../testing/delivery.fixture.js';
import type { DeliveryFixture } from '../testing/delivery.fixture.js';
import { BASE } from '../testing/fleet.factory.js';
import { TestDevice } from '../testing/test-device.js';

/** So rarely does a service look by itself here that only an event can have woken it. */
const NO_CHECKS = { KERNELCAST_FLEET_CHECK_SECONDS: '3600' };
let delivery: DeliveryFixture;
let baseId: string;

beforeAll(async () => {
  delivery = await startDeliveryFixture();
  baseId = await delivery.rows.base(BASE);
});
afterAll(() => delivery.stop());

/** Starts a rollout while devices wait at services that only hear of it by the registry's event. */
async function statusesAfterEvent(task: string, urls: readonly string[], registry: ClientProxy): Promise<number[]> {
  const groupId = await delivery.rows.group();
  const enrolled = await TestDevice.enrol(delivery.url, await delivery.rows.token(groupId));
  const devices = urls.map((url) => enrolled.at(url));
  const { etag } = await enrolled.manifest();
  const waiting = devices.map((device) => device.poll(etag, 60));
  await delivery.rows.startedRollout(groupId, await delivery.rows.approvedVersion(baseId, Buffer.from(task), task));
  await lastValueFrom(registry.emit(FLEET_CHANGED, { fleetVersion: 1 }), { defaultValue: undefined });
  return (await Promise.all(waiting)).map(({ status }) => status);
}

describe('fleet events', () => {
  it('arrive by TCP at the only service of an embedded platform', async () => {
    const port = await freePort();
    const service = await delivery.startReplica({ ...NO_CHECKS, KERNELCAST_EVENTS_PORT: String(port) });
    const registry = ClientProxyFactory.create({ transport: Transport.TCP, options: { host: '127.0.0.1', port } });
    try {
      expect(await statusesAfterEvent('by-tcp', [service.url ?? ''], registry)).toEqual([200]);
    } finally {
      registry.close();
      await service.close();
    }
  });

  describe('with Redis', () => {
    let redis: TestRedis;
    beforeAll(async () => {
      redis = await startRedis();
    });
    afterAll(() => redis.stop());

    it('arrive at every replica', async () => {
      const environment = { ...NO_CHECKS, REDIS_URL: redis.url };
      const replicas = [await delivery.startReplica(environment), await delivery.startReplica(environment)];
      const { hostname: host, port } = new URL(redis.url);
      const registry = ClientProxyFactory.create({ transport: Transport.REDIS, options: { host, port: Number(port) } });
      try {
        const urls = replicas.map(({ url = '' }) => url);
        expect(await statusesAfterEvent('by-redis', urls, registry)).toEqual([200, 200]);
      } finally {
        registry.close();
        for (const replica of replicas) await replica.close();
      }
    });
  });
});
