import { randomBytes } from 'node:crypto';
import { logIn, PASSWORD, person } from '../../testing/people.js';
import { problemOf, TestRegistry } from '../../testing/registry-app.js';

let registry: TestRegistry;

beforeAll(async () => {
  registry = await TestRegistry.start();
});
beforeEach(() => registry.database.prisma.loginThrottle.deleteMany());
afterAll(() => registry.close());

const viewer = { memberships: [{ project: 'default', role: 'viewer' }] };
const wrong = (email: string) => logIn(registry, email, 'a wrong password');
const attempts = async (email: string, count: number) => {
  const answers = [];
  for (let i = 0; i < count; i++) answers.push(await wrong(email));
  return answers;
};
/** Turns the clock on for what was counted so far. */
const wait = (seconds: number) => registry.database.prisma.$executeRaw`
  UPDATE login_throttles SET last_failure_at = last_failure_at - make_interval(secs => ${seconds}),
    blocked_until = blocked_until - make_interval(secs => ${seconds})`;

/** Pretends that more attempts have failed already. */
const addFailures = (count: number) =>
  registry.database.prisma.loginThrottle.updateMany({ data: { failures: { increment: count } } });

describe('guessing a password', () => {
  it('is slowed down, and not stopped for good, whether or not there is such a user', async () => {
    const { email: known } = await person(registry, 'guessed', viewer);
    await registry.database.prisma.loginThrottle.deleteMany();
    const unknown = 'nobody@people.example';
    const shapes = [];
    for (const email of [known, unknown]) {
      const answers = await attempts(email, 5);
      await addFailures(4);
      answers.push(...(await attempts(email, 3)));
      shapes.push(answers.map((answer) => [...Object.values(problemOf(answer)), answer.headers.has('retry-after')]));
      expect(answers.map(({ status }) => status)).toEqual([401, 401, 401, 401, 401, 401, 429, 429]);
      expect(problemOf(answers[6] ?? (await wrong(email)))).toMatchObject({ code: 'login_throttled' });
    }
    expect(shapes[0]).toEqual(shapes[1]);
    await wait(16);
    expect((await logIn(registry, known)).status).toBe(201);
    expect((await attempts(known, 5)).map(({ status }) => status)).toEqual([401, 401, 401, 401, 401]);
  });

  it('waits twice as long each time, up to a bound', async () => {
    const email = 'doubled@people.example';
    await attempts(email, 5);
    const waits = [];
    for (let i = 0; i < 11; i++) {
      expect((await wrong(email)).status).toBe(401);
      const rows = await registry.database.prisma.loginThrottle.findMany();
      const delays = rows.map(({ lastFailureAt, blockedUntil }) => blockedUntil.getTime() - lastFailureAt.getTime());
      const seconds = Math.round(Math.max(...delays) / 1000);
      waits.push(seconds);
      await wait(seconds);
    }
    expect(waits).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]);
  });

  it('many at once gets no further than one after the other', async () => {
    const email = 'raced@people.example';
    await wrong(email);
    await addFailures(9);
    const answers = await Promise.all(Array.from({ length: 30 }, () => wrong(email)));
    expect(answers.filter(({ status }) => status === 401)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(29);
  });

  it('over many accounts is slowed down by address', async () => {
    const { email } = await person(registry, 'bystander', viewer);
    const key = await registry.database.prisma.loginThrottle.findFirstOrThrow();
    await registry.database.prisma.loginThrottle.update({
      where: { key: key.key },
      data: { failures: 60, lastFailureAt: new Date(), blockedUntil: new Date(Date.now() + 60_000) },
    });
    const answer = await logIn(registry, email);
    expect(problemOf(answer)).toMatchObject({ status: 429, code: 'login_throttled' });
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(50);
  });

  it('leaves a few entries in the audit log, and neither addresses nor passwords in the table', async () => {
    const { id, email } = await person(registry, 'logged', viewer);
    const before = await registry.database.prisma.auditEvent.count();
    for (let i = 0; i < 12; i++) {
      await wrong(email);
      await wait(400);
    }
    const events = await registry.database.prisma.auditEvent.findMany({
      where: { action: 'session.refuse', resource: id },
      orderBy: { seq: 'asc' },
    });
    expect(events.map(({ after }) => after)).toEqual([
      { failures: 5, address: '127.0.0.1' },
      { failures: 10, address: '127.0.0.1' },
    ]);
    expect(await registry.database.prisma.auditEvent.count()).toBe(before + 2);
    const counted = await registry.database.prisma.loginThrottle.findMany();
    expect(JSON.stringify(counted)).not.toMatch(/people|wrong|127/);
  });
});

describe('a session', () => {
  it('of a command line is sent as a bearer token, and not as a cookie', async () => {
    const { as } = await person(registry, 'cli', viewer);
    expect(as.key).toMatch(/^kcs_[A-Za-z0-9]{49}$/);
    const cookie = { cookie: `kernelcast_session=${as.key}`, origin: registry.url };
    expect((await registry.get('/v1/me', { key: null, headers: cookie })).status).toBe(401);
  });

  it('of a page is a cookie, which is no bearer token, and shows no token', async () => {
    const { email } = await person(registry, 'page', viewer);
    const answer = await registry.post('/v1/sessions', { email, password: PASSWORD }, { key: null });
    expect(answer.body).toMatchObject({ role: 'viewer', token: null });
    const cookie = answer.headers.get('set-cookie')?.split(';')[0] ?? '';
    expect((await registry.get('/v1/me', { key: null, headers: { cookie } })).status).toBe(200);
    expect((await registry.get('/v1/me', { key: cookie.split('=')[1] })).status).toBe(401);
  });

  it('is listed and ended by its owner alone', async () => {
    const [own, other] = [await person(registry, 'own', viewer), await person(registry, 'other', viewer)];
    const second = await logIn(registry, own.email);
    const sessions = async () =>
      (await registry.get<{ data: { id: string; current: boolean; as: string }[] }>('/v1/sessions', own.as)).body.data;
    expect((await sessions()).map(({ current, as }) => [current, as])).toEqual([
      [false, 'token'],
      [true, 'token'],
    ]);
    const [{ id } = { id: '' }] = await sessions();
    expect(problemOf(await registry.call('DELETE', `/v1/sessions/${id}`, other.as)).code).toBe('session_not_found');
    expect((await registry.call('DELETE', `/v1/sessions/${id}`, own.as)).status).toBe(204);
    expect((await registry.get('/v1/me', { key: second.body.token })).status).toBe(401);
    expect((await registry.call('DELETE', '/v1/sessions/current', own.as)).status).toBe(204);
    expect((await registry.get('/v1/me', own.as)).status).toBe(401);
  });

  it.each([
    ['12 hours after it was opened', { expiresAt: new Date() }],
    ['4 hours after it was last used', { lastUsedAt: new Date(Date.now() - 4 * 3_600_000) }],
  ])('ends %s', async (_, data) => {
    const { id, as } = await person(registry, `ends-${randomBytes(4).toString('hex')}`, viewer);
    expect((await registry.get('/v1/me', as)).status).toBe(200);
    await registry.database.prisma.session.updateMany({ where: { userId: id }, data });
    expect((await registry.get('/v1/me', as)).status).toBe(401);
  });

  it('that was mistyped is refused', async () => {
    const { as } = await person(registry, 'typo', viewer);
    expect((await registry.get('/v1/me', { key: `${as.key?.slice(0, -1)}!` })).status).toBe(401);
    expect((await registry.get('/v1/me', { key: as.key?.slice(0, -1) })).status).toBe(401);
  });
});
