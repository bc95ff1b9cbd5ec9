import { deviceRoutes, type RouteDefinition } from '@kernelcast/contracts';
import { startDeliveryFixture } from '../testing/delivery.fixture.js';
import type { DeliveryFixture } from '../testing/delivery.fixture.js';
import { codeOf } from '../testing/test-device.js';

let delivery: DeliveryFixture;

beforeAll(async () => {
  delivery = await startDeliveryFixture();
});
afterAll(() => delivery.stop());

const guarded = Object.values<RouteDefinition>(deviceRoutes).filter(({ access }) => access !== 'public');

describe('every operation for devices', () => {
  it.each(guarded.map((route) => [route.operationId, route] as const))('%s asks for a credential', async (_, route) => {
    const url = delivery.url + route.path.replaceAll(/\{\w+\}/g, 'x');
    for (const authorization of [undefined, 'Bearer ', 'Bearer forged.token', 'Basic YTpi']) {
      const headers = { 'content-type': 'application/json', ...(authorization ? { authorization } : {}) };
      const body = route.method === 'get' ? undefined : '{}';
      const answer = await fetch(url, { method: route.method, headers, body });
      expect(await codeOf(answer)).toEqual([401, 'credential_invalid']);
    }
  });
});
