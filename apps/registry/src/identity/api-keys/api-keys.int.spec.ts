import type { CreatedApiKey } from '../identity.types.js';
import { person } from '../../testing/people.js';
import { problemOf, TestRegistry, type ApiRequest } from '../../testing/registry-app.js';

let registry: TestRegistry;

beforeAll(async () => {
  registry = await TestRegistry.start({ KERNELCAST_API_KEY_MAX_DAYS: '30', KERNELCAST_API_KEY_DEFAULT_DAYS: '7' });
});
afterAll(() => registry.close());

const DAY_SECONDS = 86_400;
const task = (name: string) => ({ name, title: 'T', labels: ['a', 'b'] });
const make = (body: object, as?: ApiRequest) =>
  registry.made<CreatedApiKey>('/v1/api-keys', { name: 'k', ...body }, as);
const me = (key: string) => registry.get('/v1/me', { key });

describe('an API key', () => {
  it('does only what its scopes name', async () => {
    const { secret } = await make({ role: 'trainer', scopes: ['read', 'tasks:write'] });
    expect((await registry.post('/v1/tasks', task('scoped'), { key: secret })).status).toBe(201);
    expect((await registry.get('/v1/tasks', { key: secret })).status).toBe(200);
    const job = await registry.post('/v1/training-jobs', {}, { key: secret });
    expect(problemOf(job)).toMatchObject({ status: 403, detail: expect.stringContaining('jobs:write') });
    const writer = await make({ role: 'trainer', scopes: ['tasks:write'] });
    expect((await registry.get('/v1/tasks', { key: writer.secret })).status).toBe(403);
    const session = await registry.post<{ token: string }>(
      '/v1/sessions',
      { apiKey: secret, as: 'token' },
      { key: null },
    );
    expect((await registry.post('/v1/training-jobs', {}, { key: session.body.token })).status).toBe(403);
  });

  it('expires when nobody said so, and not later than the operator allows', async () => {
    const { expiresAt } = await make({ role: 'viewer' });
    const days = (Date.parse(expiresAt ?? '') - Date.now()) / DAY_SECONDS / 1000;
    expect(Math.round(days)).toBe(7);
    const eternal = await registry.post('/v1/api-keys', {
      name: 'k',
      role: 'viewer',
      expiresInSeconds: 31 * DAY_SECONDS,
    });
    expect(problemOf(eternal)).toMatchObject({ status: 422, code: 'validation_failed' });
  });

  it('opens no more than its user may', async () => {
    const { id, as } = await person(registry, 'maker', { memberships: [{ project: 'default', role: 'operator' }] });
    const beyond = await registry.post('/v1/api-keys', { name: 'k', role: 'admin' }, as);
    expect(problemOf(beyond).code).toBe('forbidden');
    const own = await make({ role: 'operator' }, as);
    expect(own).toMatchObject({ userId: id, createdBy: id });
    const byKey = await registry.post('/v1/api-keys', { name: 'k', role: 'viewer' }, { key: own.secret });
    expect(problemOf(byKey).code).toBe('forbidden');
    await registry.call('PATCH', `/v1/users/${id}`, {
      body: { memberships: [{ project: 'default', role: 'viewer' }] },
    });
    expect((await me(own.secret)).status).toBe(401);
  });

  it('is seen by its user and by admins', async () => {
    const memberships = [{ project: 'default', role: 'trainer' }];
    const [one, other] = [
      await person(registry, 'one', { memberships }),
      await person(registry, 'two', { memberships }),
    ];
    const { id } = await make({ role: 'viewer' }, one.as);
    const { body } = await registry.get<{ data: { id: string }[] }>('/v1/api-keys', one.as);
    expect(body.data.map((key) => key.id)).toEqual([id]);
    expect((await registry.get(`/v1/api-keys/${id}`, other.as)).status).toBe(404);
    expect((await registry.post(`/v1/api-keys/${id}/revoke`, undefined, other.as)).status).toBe(404);
    expect((await registry.get(`/v1/api-keys/${id}`)).status).toBe(200);
    // The new secret would let the admin act as the user.
    expect(problemOf(await registry.post(`/v1/api-keys/${id}/rotate`, {})).code).toBe('forbidden');
  });

  it('works under both secrets for a while when it is rotated, then under the new one', async () => {
    const old = await make({ role: 'admin' });
    const as = { key: old.secret };
    const { secret } = await registry.made<CreatedApiKey>(`/v1/api-keys/${old.id}/rotate`, { overlapSeconds: 60 }, as);
    expect([(await me(old.secret)).status, (await me(secret)).status]).toEqual([200, 200]);
    await registry.database.prisma.apiKey.update({ where: { id: old.id }, data: { previousUntil: new Date() } });
    expect([(await me(old.secret)).status, (await me(secret)).status]).toEqual([401, 200]);
    const longer = { expiresInSeconds: 20 * DAY_SECONDS };
    expect(problemOf(await registry.post(`/v1/api-keys/${old.id}/rotate`, longer, { key: secret })).code).toBe(
      'forbidden',
    );
    expect((await registry.post(`/v1/api-keys/${old.id}/rotate`, longer)).status).toBe(201);
  });

  it('that administers the installation is out of reach of a project’s admin', async () => {
    const { key: admin } = { key: (await make({ role: 'admin' })).secret };
    const root = await make({ role: 'admin', installationAdmin: true });
    for (const action of ['revoke', 'rotate']) {
      const answer = await registry.post(`/v1/api-keys/${root.id}/${action}`, action === 'rotate' ? {} : undefined, {
        key: admin,
      });
      expect(problemOf(answer).code).toBe('forbidden');
    }
    const asked = await registry.post(
      '/v1/api-keys',
      { name: 'k', role: 'admin', installationAdmin: true },
      { key: admin },
    );
    expect(problemOf(asked).code).toBe('forbidden');
  });

  it('is revoked for good, with its sessions', async () => {
    const { id, secret } = await make({ role: 'viewer' });
    const session = await registry.post<{ token: string }>(
      '/v1/sessions',
      { apiKey: secret, as: 'token' },
      { key: null },
    );
    expect((await registry.post(`/v1/api-keys/${id}/revoke`)).status).toBe(200);
    const again = await registry.post<{ revokedAt: string }>(`/v1/api-keys/${id}/revoke`);
    expect(again.body.revokedAt).toMatch(/Z$/);
    for (const key of [secret, session.body.token]) expect((await me(key)).status).toBe(401);
    expect(problemOf(await registry.post(`/v1/api-keys/${id}/rotate`, {})).code).toBe('conflict');
    expect(await registry.database.prisma.auditEvent.count({ where: { resource: id, action: 'api_key.revoke' } })).toBe(
      1,
    );
  });
});
