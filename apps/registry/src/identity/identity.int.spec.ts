import { problemOf, TestRegistry } from '../testing/registry-app.js';

let registry: TestRegistry;

beforeAll(async () => {
  registry = await TestRegistry.start();
});
afterAll(() => registry.close());

const task = (name: string) => ({ name, title: 'T', labels: ['a', 'b'] });
const createKey = (body: object) => registry.made<{ id: string; secret: string; prefix: string }>('/v1/api-keys', body);

describe('an API key', () => {
  it('opens what its role allows, and is kept only as a hash', async () => {
    const { secret, prefix } = await createKey({ name: 'ci', role: 'trainer' });
    expect(secret).toMatch(/^kc_[A-Za-z0-9]{49}$/);
    expect(secret.startsWith(prefix)).toBe(true);
    const me = await registry.get('/v1/me', { key: secret });
    expect(me.body).toMatchObject({ name: 'ci', role: 'trainer' });
    expect((await registry.post('/v1/tasks', task('by-trainer'), { key: secret })).status).toBe(201);
    const rows = await registry.database.prisma.apiKey.findMany();
    expect(JSON.stringify(rows)).not.toContain(secret);
    const listed = await registry.get('/v1/api-keys');
    expect(JSON.stringify(listed.body)).not.toContain(secret);
  });

  it.each([
    ['viewer', 'POST', '/v1/tasks', task('by-viewer')],
    ['operator', 'POST', '/v1/tasks', task('by-operator')],
    ['trainer', 'POST', '/v1/device-groups', { name: 'by-trainer' }],
    ['approver', 'GET', '/v1/users', undefined],
  ] as const)('of a %s does not open %s %s', async (role, method, path, body) => {
    const answer = await registry.call(method, path, { body, key: await registry.keyOf(role) });
    expect(problemOf(answer)).toMatchObject({ status: 403, code: 'forbidden', type: 'application/problem+json' });
  });

  it.each([
    ['missing', null],
    ['unknown', `kc_${'B'.repeat(43)}`],
    ['malformed', 'password'],
  ])('that is %s opens nothing', async (_, key) => {
    const answer = await registry.get('/v1/tasks', { key });
    expect(problemOf(answer)).toMatchObject({ status: 401, code: 'unauthenticated' });
  });

  it.each([
    ['expired', { expiresAt: new Date(Date.now() - 1000) }],
    ['revoked', { revokedAt: new Date() }],
  ])('that is %s opens nothing', async (name, data) => {
    const { id, secret } = await createKey({ name, role: 'viewer', expiresInSeconds: 3600 });
    expect((await registry.get('/v1/me', { key: secret })).status).toBe(200);
    await registry.database.prisma.apiKey.update({ where: { id }, data });
    expect(problemOf(await registry.get('/v1/me', { key: secret }))).toMatchObject({ code: 'unauthenticated' });
  });

  it('is shown again to a repeated request, although only a sealed copy is kept', async () => {
    const request = { headers: { 'idempotency-key': 'key-1' } };
    const first = await registry.made<{ secret: string }>('/v1/api-keys', { name: 'x', role: 'viewer' }, request);
    const again = await registry.made('/v1/api-keys', { name: 'x', role: 'viewer' }, request);
    expect(again).toEqual(first);
    const kept = await registry.database.prisma.idempotencyKey.findMany();
    expect(JSON.stringify(kept)).not.toContain(first.secret);
  });
});

describe('a session', () => {
  const logIn = async (origin = registry.url) => {
    const answer = await registry.post(
      '/v1/sessions',
      { apiKey: TestRegistry.adminKey },
      { key: null, headers: { origin } },
    );
    const cookie = answer.headers.get('set-cookie') ?? '';
    return { answer, cookie, header: cookie.split(';')[0] ?? '' };
  };

  it('is made from an API key and kept out of reach of scripts and other sites', async () => {
    const { answer, cookie } = await logIn();
    expect(answer).toMatchObject({ status: 201, body: { role: 'admin' } });
    expect(cookie).toMatch(/^kernelcast_session=/);
    for (const attribute of ['HttpOnly', 'SameSite=Strict', 'Path=/', 'Expires=']) expect(cookie).toContain(attribute);
  });

  it('acts for our own page, until it ends', async () => {
    const { header: cookie } = await logIn();
    const request = { key: null, headers: { cookie, origin: registry.url } };
    expect((await registry.post('/v1/tasks', task('by-session'), request)).status).toBe(201);
    expect((await registry.call('DELETE', '/v1/sessions/current', request)).status).toBe(204);
    expect(problemOf(await registry.get('/v1/me', request))).toMatchObject({ status: 401, code: 'unauthenticated' });
  });

  it.each(['https://evil.example', 'null', undefined])('does not act for a page from %p', async (origin) => {
    const { header: cookie } = await logIn();
    const headers = { cookie, ...(origin === undefined ? {} : { origin }) };
    const answer = await registry.post('/v1/tasks', task('forged'), { key: null, headers });
    expect(problemOf(answer)).toMatchObject({ status: 403, code: 'forbidden' });
  });

  it('is not made from another site, nor from a wrong key', async () => {
    const { answer: elsewhere } = await logIn('https://evil.example');
    expect(problemOf(elsewhere)).toMatchObject({ status: 403, code: 'forbidden' });
    expect(elsewhere.headers.get('set-cookie')).toBeNull();
    const wrong = await registry.post('/v1/sessions', { apiKey: 'kc_nothing' }, { key: null });
    expect(problemOf(wrong)).toMatchObject({ status: 401, code: 'unauthenticated' });
    expect(wrong.headers.get('set-cookie')).toBeNull();
  });

  it('ends with its API key', async () => {
    const { id, secret } = await createKey({ name: 'short', role: 'viewer' });
    const { headers } = await registry.post('/v1/sessions', { apiKey: secret }, { key: null });
    const cookie = headers.get('set-cookie')?.split(';')[0] ?? '';
    expect((await registry.get('/v1/me', { key: null, headers: { cookie } })).status).toBe(200);
    await registry.database.prisma.apiKey.update({ where: { id }, data: { revokedAt: new Date() } });
    expect((await registry.get('/v1/me', { key: null, headers: { cookie } })).status).toBe(401);
  });
});

it('the bootstrap key is made once, however often the registry starts', async () => {
  const keys = await registry.database.prisma.apiKey.findMany({ where: { name: 'bootstrap' } });
  expect(keys).toHaveLength(1);
  expect(await registry.database.prisma.auditEvent.count({ where: { resource: keys[0]?.id } })).toBe(1);
});
