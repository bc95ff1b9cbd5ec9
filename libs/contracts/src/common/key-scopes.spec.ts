import { registryRoutes } from '../registry/routes.js';
import { keyScopeOf, keyScopeSchema } from './key-scopes.js';
import type { RouteDefinition } from './route.js';

const guarded = Object.values<RouteDefinition>(registryRoutes).filter(({ access }) => access !== 'public');

describe('scopes of API keys', () => {
  it('are declared on every operation that changes something', () => {
    const missing = guarded.filter((route) => keyScopeOf(route) === undefined);
    expect(missing.map(({ operationId }) => operationId)).toEqual([]);
  });

  it('all open something', () => {
    const used = new Set(guarded.map(keyScopeOf));
    expect(keyScopeSchema.options.filter((scope) => !used.has(scope))).toEqual([]);
  });

  it('let a key that only reads end its own sessions, and change nothing else', () => {
    const harmless = guarded.filter((route) => route.method !== 'get' && keyScopeOf(route) === 'read');
    expect(harmless.map(({ operationId }) => operationId).sort()).toEqual([
      'deleteSession',
      'oidcLogout',
      'revokeSession',
    ]);
  });
});
