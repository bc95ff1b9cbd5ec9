import { registryRoutes, type RouteDefinition } from '@kernelcast/contracts';
import { problemOf, TestRegistry } from '../testing/registry-app.js';

let registry: TestRegistry;
beforeAll(async () => {
  registry = await TestRegistry.start();
});
afterAll(() => registry.close());

const guarded = Object.values<RouteDefinition>(registryRoutes).filter(({ access }) => access !== 'public');

describe('every operation that is not public', () => {
  it.each(guarded.map((route) => [route.operationId, route] as const))('%s asks who calls', async (_, route) => {
    const path = route.path.replaceAll(/\{\w+\}/g, 'x');
    const body = route.method === 'get' ? undefined : {};
    const { url: origin } = registry;
    const strangers: Record<string, string>[] = [
      { origin },
      { origin, authorization: 'Basic YTpi' },
      { origin, cookie: 'kernelcast_session=x' },
    ];
    for (const headers of strangers) {
      const request = { key: null, headers, body };
      const answer = await registry.call(route.method.toUpperCase(), path, request);
      expect(problemOf(answer)).toMatchObject({ status: 401, code: 'unauthenticated' });
    }
  });

  it('leaves only ways to log in to the public', () => {
    const open = Object.values<RouteDefinition>(registryRoutes).filter(({ access }) => access === 'public');
    expect(open.map(({ operationId }) => operationId).sort()).toEqual([
      'bootstrap',
      'createSession',
      'getLoginMethods',
      'oidcCallback',
      'oidcLogin',
      'redeemPasswordReset',
    ]);
  });
});
