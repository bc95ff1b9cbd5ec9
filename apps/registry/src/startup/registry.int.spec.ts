import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { tempDir, waitFor, type TempDir } from '@kernelcast/testing';
import { problemOf, TestRegistry } from '../testing/registry-app.js';

let registry: TestRegistry;
let dashboard: TempDir;

beforeAll(async () => {
  dashboard = tempDir('dashboard');
  mkdirSync(path.join(dashboard.path, 'assets'));
  writeFileSync(path.join(dashboard.path, 'index.html'), '<!doctype html><title>Kernelcast</title>');
  writeFileSync(path.join(dashboard.path, 'assets/app-1a2b.js'), 'export {};');
  registry = await TestRegistry.start({ KERNELCAST_DASHBOARD_DIR: dashboard.path });
});
afterAll(async () => {
  await registry.close();
  dashboard.remove();
});

const publicly = { key: null };

describe('the dashboard', () => {
  it.each(['/', '/training-jobs/job_1'])('is the page at %s, under a strict policy', async (target) => {
    const { status, headers, body } = await registry.get<string>(target, publicly);
    expect(status).toBe(200);
    expect(body).toContain('<title>Kernelcast</title>');
    const policy = headers.get('content-security-policy') ?? '';
    expect(policy).toContain("script-src 'self'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toContain('unsafe-eval');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('cache-control')).toContain('max-age=0');
  });

  it('has files that browsers may keep', async () => {
    const { headers, body } = await registry.get<string>('/assets/app-1a2b.js', publicly);
    expect(body).toBe('export {};');
    expect(headers.get('cache-control')).toContain('immutable');
    expect(headers.get('content-type')).toContain('javascript');
  });

  it.each(['/assets/missing.js', '/v1/nothing', '/..%2f..%2fetc%2fpasswd.txt'])('has no %s', async (target) => {
    const answer = await registry.get(target, publicly);
    expect(problemOf(answer)).toMatchObject({ status: 404, type: 'application/problem+json' });
  });
});

describe('the registry', () => {
  it('describes its API, as the committed document does', async () => {
    const { body } = await registry.get('/openapi.json', publicly);
    const committed = readFileSync(path.resolve(import.meta.dirname, '../../../../docs/openapi.json'), 'utf8');
    expect(body).toEqual(JSON.parse(committed));
  });

  it('is ready when everything it needs answers', async () => {
    // The first look at a new queue makes its tables, which can take longer than a check may.
    const { body } = await waitFor('the registry to be ready', async () => {
      const answer = await registry.get('/readyz', publicly);
      return answer.status === 200 ? answer : undefined;
    });
    expect(body).toEqual({ status: 'ok', checks: { database: 'ok', objectStore: 'ok', queue: 'ok' } });
  });

  it('gives the caller’s request id back', async () => {
    const { headers } = await registry.get('/v1/me', { headers: { 'x-request-id': 'mine-1' } });
    expect(headers.get('x-request-id')).toBe('mine-1');
  });
});
