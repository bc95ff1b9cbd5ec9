import { readFileSync } from 'node:fs';
import {
  buildOpenApi,
  deviceRoutes,
  errorTable,
  registryOpenApi,
  registryRoutes,
  webhookEventTypes,
} from '../index.js';

describe('OpenAPI document', () => {
  const document = buildOpenApi({ ...registryRoutes, ...deviceRoutes }, { title: 'Kernelcast', version: '1' });

  it('names every operation once, under its own key', () => {
    const ids = Object.entries({ ...registryRoutes, ...deviceRoutes }).map(([key, route]) => [key, route.operationId]);
    for (const [key, id] of ids) expect(id).toBe(key);
    expect(Object.values(document.paths).flatMap((path) => Object.keys(path))).toHaveLength(ids.length);
  });

  it('declares a parameter for every placeholder of a path', () => {
    for (const route of Object.values({ ...registryRoutes, ...deviceRoutes })) {
      const wanted = [...route.path.matchAll(/\{(\w+)\}/g)].map((match) => match[1]);
      expect(Object.keys('params' in route ? route.params.shape : {})).toEqual(wanted);
    }
  });

  it('says of every request with a body that it may be one that cannot be read', () => {
    const operations = Object.values(document.paths).flatMap(
      (path) => Object.values(path) as { operationId: string; requestBody?: unknown; responses: object }[],
    );
    const bodies = operations.filter(({ requestBody }) => requestBody !== undefined);
    const silent = bodies.filter(({ responses }) => !('400' in responses)).map(({ operationId }) => operationId);
    expect(bodies.length).toBeGreaterThan(0);
    expect(silent).toEqual([]);
  });

  it('is the committed one: run `npm run openapi` after changing a contract', () => {
    const committed = readFileSync(new URL('../../../../docs/openapi.json', import.meta.url), 'utf8');
    expect(JSON.parse(committed)).toEqual(JSON.parse(JSON.stringify(registryOpenApi())));
  });

  it('has the committed table of error codes beside it: run `npm run openapi` after changing one', () => {
    const guide = readFileSync(new URL('../../../../docs/api.md', import.meta.url), 'utf8');
    expect(guide).toContain(`<!-- error codes -->\n\n${errorTable()}\n\n<!-- /error codes -->`);
  });

  it('describes the request of every webhook event', () => {
    expect(Object.keys(registryOpenApi().webhooks ?? {})).toEqual(webhookEventTypes);
  });
});
