import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { tempDir, waitFor, type TempDir } from '@kernelcast/testing';
import { problemOf, TestRegistry } from '../testing/registry-app.js';
import { absentId } from '../testing/sample-body.js';

let registry: TestRegistry;
let dashboard: TempDir;

beforeAll(async () => {
  dashboard = tempDir('dashboard');
  mkdirSync(path.join(dashboard.path, 'assets'));
  writeFileSync(path.join(dashboard.path, 'index.html'), '<!doctype html><title>Kernelcast</title>');
  writeFileSync(path.join(dashboard.path, 'assets/app-1a2b.js'), 'export {};');
  registry = await TestRegistry.start({
    KERNELCAST_DASHBOARD_DIR: dashboard.path,
    KERNELCAST_TRUSTED_PROXIES: '127.0.0.1,::1',
    KERNELCAST_RATE_LIMIT_PER_MINUTE: '100',
    KERNELCAST_RATE_LIMIT_ADDRESS_PER_MINUTE: '100',
  });
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

  it('shows its API to people, under a policy that lets nothing in from elsewhere', async () => {
    const { status, headers, body } = await registry.get<string>('/docs', publicly);
    expect([status, headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
    expect(headers.get('content-security-policy')).toMatch(/^default-src 'none'; script-src 'self'; style-src 'self';/);
    for (const [, file = ''] of body.matchAll(/"(\/docs\/[^"]+)"/g)) {
      expect((await registry.get(file, publicly)).status).toBe(200);
    }
    const again = { ...publicly, headers: { 'if-none-match': headers.get('etag') ?? '' } };
    expect((await registry.get('/docs', again)).status).toBe(304);
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

describe('rate limits', () => {
  const from = (address: string) => ({ key: null, headers: { 'x-forwarded-for': address } });

  it('turn away an address that proves nobody, say when to come again, and spare everybody else', async () => {
    // By turns what is open to all and what is not; an IPv6 site may use any address of its network.
    const ask = (nth: number) => registry.get(nth % 2 ? '/v1/me' : '/v1/login-methods', from(`2001:db8::${nth}`));
    let asked = 1;
    let last = await ask(asked);
    while (last.status !== 429 && asked < 1000) last = await ask(++asked);
    expect(asked).toBeGreaterThan(100);
    expect(problemOf(last)).toMatchObject({ status: 429, code: 'rate_limited', type: 'application/problem+json' });
    expect(last.headers.get('ratelimit-policy')).toBe('"address";q=100;w=60');
    expect(last.headers.get('ratelimit')).toMatch(/^"address";r=0;t=1$/);
    expect(last.headers.get('retry-after')).toBe('1');
    expect((await registry.get('/v1/me', from('2001:db8:0:1::1'))).status).toBe(401);
    expect((await registry.get('/v1/me', { headers: { 'x-forwarded-for': '2001:db8::1' } })).status).toBe(200);
  });

  it('tell who is somebody what is left, whatever the answer', async () => {
    const key = await registry.keyOf('viewer');
    const left = async (path: string, wanted: number): Promise<number> => {
      const { status, headers } = await registry.get(path, { key });
      expect(status).toBe(wanted);
      return Number(/^"principal";r=(\d+);/.exec(headers.get('ratelimit') ?? '')?.[1]);
    };
    expect(await left('/v1/me', 200)).toBe(99);
    const before = await left('/v1/users', 403);
    const after = await left(`/v1/modulators/${absentId('mod')}/versions/1/compare?to=2`, 404);
    // A unit may have come back meanwhile.
    expect(before - after).toBeGreaterThan(10);
    expect((await registry.get('/healthz')).headers.has('ratelimit')).toBe(false);
  });
});
