import { createSecretKey, randomBytes } from 'node:crypto';
import {
  PROJECT_HEADER,
  registryRoutes,
  roleSchema,
  type Problem,
  type Project,
  type Role,
  type RouteDefinition,
} from '@kernelcast/contracts';
import { newId } from '@kernelcast/database';
import { hashSecret } from '@kernelcast/platform';
import { issueCredential } from '@kernelcast/trust/node';
import { AppModule } from '../app.module.js';
import { TestRegistry, testOptions } from '../testing/registry-app.js';
import { callOf, undeclaredHandlers } from '../testing/route-calls.js';
import { absentId } from '../testing/sample-body.js';

let registry: TestRegistry;
beforeAll(async () => {
  registry = await TestRegistry.start();
});
afterAll(() => registry.close());

const routes = Object.values<RouteDefinition>(registryRoutes);
const guarded = routes.filter(({ access }) => access !== 'public');
const named = (of: readonly RouteDefinition[]) => of.map((route) => [route.operationId, route] as const);
const HOUR_MS = 3_600_000;

/** Stands for ids of any kind: nothing has it, and whoever may not call must not even learn that. */
const NOWHERE = { id: absentId('task'), version: '1', delivery: absentId('dlv') };

const ask = async (route: RouteDefinition, headers: Readonly<Record<string, string>>) => {
  const { method, path, request } = callOf(
    route,
    new Proxy(NOWHERE, { get: (of, name) => Reflect.get(of, name) ?? 'x' }),
  );
  const { origin } = new URL(registry.url);
  const answer = await registry.call(method, path, {
    ...request,
    key: null,
    headers: { origin, ...request.headers, ...headers },
  });
  const { code, detail } = answer.body as Partial<Problem>;
  return { status: answer.status, code, detail };
};
const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

describe('every operation', () => {
  it('is declared: no handler answers past the route table, but for what says nothing of anybody', () => {
    const { databaseUrl, storeFolder } = registry;
    const options = testOptions({ DATABASE_URL: databaseUrl, KERNELCAST_STORE_DIR: storeFolder });
    const open = undeclaredHandlers(AppModule.forRoot(options));
    expect(open.sort()).toEqual([
      '/docs',
      '/docs/page.css',
      '/docs/page.js',
      '/healthz',
      '/metrics',
      '/openapi.json',
      '/readyz',
      '/version',
    ]);
  });
});

describe.each([...roleSchema.options, 'installation admin'] as const)('who is %s', (who) => {
  let key: string;
  beforeAll(async () => {
    key = who === 'installation admin' ? TestRegistry.adminKey : await registry.keyOf(who);
  });
  const may = ({ access }: RouteDefinition): boolean => {
    if (access === 'public' || who === 'installation admin') return true;
    if (access === 'installation-admin' || access === 'device') return false;
    return who === 'admin' || access.includes(who as Role);
  };

  it.each(named(guarded))('may call %s, or may not, as is declared', async (_, route) => {
    const answer = await ask(route, bearer(key));
    // A handler may have reasons of its own, such as a password that API keys do not have.
    const isForRole = answer.status === 403 && Boolean(answer.detail?.includes('may not call'));
    expect({ ...answer, isForRole }).toMatchObject(
      may(route) ? { isForRole: false } : { code: 'forbidden', isForRole: true },
    );
    expect(answer.status).not.toBe(401);
  });
});

describe('a credential that is no good', () => {
  const refused = new Map<string, Record<string, string>>();
  beforeAll(async () => {
    const { prisma } = registry.database;
    const [good, expired, revoked] = [
      await registry.keyOf('admin'),
      await registry.keyOf('admin'),
      await registry.keyOf('admin'),
    ];
    const of = (key: string) => ({ where: { secretHash: hashSecret(key) } });
    const past = new Date(Date.now() - 1);
    await prisma.apiKey.update({ ...of(expired), data: { expiresAt: past } });
    await prisma.apiKey.update({ ...of(revoked), data: { revokedAt: past } });
    const { id: apiKeyId } = await prisma.apiKey.findUniqueOrThrow(of(good));
    const session = {
      id: newId('session'),
      tokenHash: hashSecret('over'),
      method: 'api_key' as const,
      apiKeyId,
      expiresAt: past,
    };
    await prisma.session.create({ data: session });
    const device = { deviceId: newId('device'), epoch: 1, expiresAt: new Date(Date.now() + HOUR_MS) };
    const credential = issueCredential(device, createSecretKey(randomBytes(32)));
    const elsewhere = `kc_${randomBytes(32).toString('base64url')}`;
    const bearers = {
      'that has expired': expired,
      'that was revoked': revoked,
      'cut off at its end': good.slice(0, -1),
      'cut off at its start': good.slice(1),
      'of another installation': elsewhere,
      'of a device': credential,
      'in lower case': good.toLowerCase(),
      'in upper case': good.toUpperCase(),
      twice: `${good} ${good}`,
      'behind two spaces': ` ${good}`,
      'with something in it': `${good.slice(0, 20)}%00${good.slice(20)}`,
      'that is a hash': hashSecret(good),
      'that is nothing': '',
      'that is much too long': good.repeat(100),
    };
    for (const [name, token] of Object.entries(bearers)) refused.set(name, bearer(token));
    refused.set('of another scheme', { authorization: `Basic ${Buffer.from(`x:${good}`).toString('base64')}` });
    refused.set('without a scheme', { authorization: good });
    refused.set('of a session that is over', { cookie: 'kernelcast_session=over' });
    refused.set('of no session', { cookie: `kernelcast_session=${good}` });
    refused.set('that is not there', {});
  });

  it.each(named(guarded))('does not open %s', async (_, route) => {
    const answers = await Promise.all(
      [...refused].map(async ([name, headers]) => {
        const { status, code } = await ask(route, headers);
        return { name, status, code };
      }),
    );
    expect(answers).toEqual([...refused.keys()].map((name) => ({ name, status: 401, code: 'unauthenticated' })));
  });
});

describe('in an archived project', () => {
  const archived = { [PROJECT_HEADER]: 'closed', ...bearer(TestRegistry.adminKey) };
  beforeAll(async () => {
    await registry.made<Project>('/v1/projects', { name: 'closed', title: 'Closed' });
    const { status } = await registry.call('PATCH', '/v1/projects/closed', { body: { archived: true } });
    expect(status).toBe(200);
  });
  const isChange = ({ method, scope }: RouteDefinition) => method !== 'get' && scope !== 'installation';

  it.each(named(guarded.filter(isChange)))('%s changes nothing', async (_, route) => {
    expect(await ask(route, archived)).toMatchObject({ status: 409, code: 'project_archived' });
  });

  it('everything can be read, until it is brought back', async () => {
    const headers = { [PROJECT_HEADER]: 'closed' };
    expect((await registry.get('/v1/tasks', { headers })).status).toBe(200);
    const task = { name: 'again', title: 'Again', labels: ['a', 'b'] };
    await registry.call('PATCH', '/v1/projects/closed', { body: { archived: false } });
    expect((await registry.post('/v1/tasks', task, { headers })).status).toBe(201);
  });
});
