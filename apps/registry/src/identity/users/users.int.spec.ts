import type { Role } from '@kernelcast/contracts';
import { logIn, PASSWORD, person } from '../../testing/people.js';
import { problemOf, TestRegistry } from '../../testing/registry-app.js';

let registry: TestRegistry;

beforeAll(async () => {
  registry = await TestRegistry.start();
});
afterAll(() => registry.close());

const inDefault = (role: Role) => ({ memberships: [{ project: 'default', role }] });
const task = (name: string) => ({ name, title: 'T', labels: ['a', 'b'] });
const patch = (id: string, body: object) => registry.call('PATCH', `/v1/users/${id}`, { body });
const OTHER_PASSWORD = 'nine loud herons at dusk';

describe('a user', () => {
  it('may do in a project what their role allows, and nothing in others', async () => {
    await registry.made('/v1/projects', { name: 'audio', title: 'Audio' });
    const { as } = await person(registry, 'trainer', inDefault('trainer'));
    expect((await registry.get('/v1/me', as)).body).toMatchObject({
      kind: 'user',
      name: 'trainer',
      role: 'trainer',
      installationAdmin: false,
      memberships: [{ projectName: 'default', role: 'trainer' }],
    });
    expect((await registry.post('/v1/tasks', task('by-user'), as)).status).toBe(201);
    expect(problemOf(await registry.get('/v1/users', as)).code).toBe('forbidden');
    const elsewhere = { ...as, headers: { 'kernelcast-project': 'audio' } };
    expect(problemOf(await registry.get('/v1/tasks', elsewhere)).code).toBe('project_not_found');
  });

  it('is kept without the password, and listed without its hash', async () => {
    const { id, email } = await person(registry, 'listed', inDefault('viewer'));
    const { body } = await registry.get<{ data: object[] }>(`/v1/users?email=${email.toUpperCase()}`);
    expect(body.data).toEqual([expect.objectContaining({ id, email, hasPassword: true, external: false })]);
    expect(JSON.stringify(body)).not.toContain('argon2');
    const { passwordHash } = await registry.database.prisma.user.findUniqueOrThrow({ where: { id } });
    expect(passwordHash).toMatch(/^\$argon2id\$/);
    const events = await registry.database.prisma.auditEvent.findMany({ where: { resource: id } });
    expect(JSON.stringify(events, (_, value: unknown) => (typeof value === 'bigint' ? `${value}` : value))).not.toMatch(
      /argon2|otters/,
    );
  });

  it('has an address of their own, and a password that is not guessed first', async () => {
    await registry.made('/v1/users', { email: 'twice@people.example', name: 'T' });
    const again = await registry.post('/v1/users', { email: 'Twice@People.example', name: 'T' });
    expect(problemOf(again)).toMatchObject({ status: 409, code: 'email_taken' });
    const weak = await registry.post('/v1/users', {
      email: 'w@people.example',
      name: 'W',
      password: 'kernelcast-2026',
    });
    expect(problemOf(weak)).toMatchObject({ status: 422, code: 'validation_failed' });
  });

  it('is shut out at once when disabled or without any role, and comes back', async () => {
    const { id, email, as } = await person(registry, 'leaver', inDefault('viewer'));
    const key = await registry.made<{ secret: string }>('/v1/api-keys', { name: 'own', role: 'viewer' }, as);
    expect((await patch(id, { disabled: true })).status).toBe(200);
    for (const credential of [as.key, key.secret]) {
      expect((await registry.get('/v1/tasks', { key: credential })).status).toBe(401);
    }
    expect(problemOf(await logIn(registry, email))).toMatchObject({ status: 401 });
    await patch(id, { disabled: false, memberships: [] });
    expect((await registry.get('/v1/tasks', { key: key.secret })).status).toBe(401);
    expect(problemOf(await logIn(registry, email))).toMatchObject({ status: 403, code: 'forbidden' });
    await patch(id, inDefault('viewer'));
    expect((await logIn(registry, email)).status).toBe(201);
    expect((await registry.get('/v1/tasks', { key: key.secret })).status).toBe(200);
  });

  it('who is the last admin stays one, also when two are demoted at the same time', async () => {
    const admins = [];
    for (const name of ['root', 'deputy']) admins.push(await person(registry, name, { installationAdmin: true }));
    const answers = await Promise.all(admins.map(({ id }) => patch(id, { installationAdmin: false })));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
    const last = admins[answers.findIndex(({ status }) => status === 409)];
    expect(problemOf(await patch(last?.id ?? '', { disabled: true })).code).toBe('last_admin');
    expect((await registry.get('/v1/users', last?.as)).status).toBe(200);
  });
});

describe('a password', () => {
  it('is chosen once with a token', async () => {
    const email = 'invited@people.example';
    const made = await registry.made<{ passwordReset: { token: string } }>('/v1/users', {
      email,
      name: 'Invited',
      ...inDefault('viewer'),
    });
    const { token } = made.passwordReset;
    expect(token).toMatch(/^kcr_/);
    const redeem = (newPassword: string) => registry.post('/v1/password-resets', { token, newPassword }, { key: null });
    expect(problemOf(await redeem('invited invited'))).toMatchObject({ status: 422 });
    const answers = await Promise.all([redeem(PASSWORD), redeem(OTHER_PASSWORD)]);
    expect(answers.map(({ status }) => status).sort()).toEqual([204, 401]);
    const chosen = answers[0].status === 204 ? PASSWORD : OTHER_PASSWORD;
    expect((await logIn(registry, email, chosen)).status).toBe(201);
  });

  it('that is reset opens nothing from then on', async () => {
    const { id, email, as } = await person(registry, 'reset', inDefault('viewer'));
    const first = await registry.made<{ token: string }>(`/v1/users/${id}/password-reset`);
    const second = await registry.made<{ token: string }>(`/v1/users/${id}/password-reset`);
    expect((await registry.get('/v1/me', as)).status).toBe(401);
    expect((await logIn(registry, email)).status).toBe(401);
    const redeem = ({ token }: { token: string }) =>
      registry.post('/v1/password-resets', { token, newPassword: OTHER_PASSWORD }, { key: null });
    expect(problemOf(await redeem(first)).code).toBe('token_invalid');
    expect((await redeem(second)).status).toBe(204);
    expect((await logIn(registry, email, OTHER_PASSWORD)).status).toBe(201);
  });

  it('is changed by who knows it, which ends all sessions', async () => {
    const { email, as } = await person(registry, 'changer', inDefault('viewer'));
    const change = (currentPassword: string) =>
      registry.call('PUT', '/v1/me/password', { ...as, body: { currentPassword, newPassword: OTHER_PASSWORD } });
    expect(problemOf(await change('not this one'))).toMatchObject({ status: 401 });
    expect((await registry.get('/v1/me', as)).status).toBe(200);
    expect((await change(PASSWORD)).status).toBe(204);
    expect((await registry.get('/v1/me', as)).status).toBe(401);
    expect((await logIn(registry, email, OTHER_PASSWORD)).status).toBe(201);
  });

  it('is none of an API key’s business', async () => {
    const body = { currentPassword: 'x', newPassword: OTHER_PASSWORD };
    expect(problemOf(await registry.call('PUT', '/v1/me/password', { body })).code).toBe('forbidden');
  });

  it('is hashed anew when hashing costs more than it did', async () => {
    const { id, email } = await person(registry, 'veteran', inDefault('viewer'));
    // Made by the reference implementation with 256 KiB, of "password".
    const passwordHash = '$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4';
    await registry.database.prisma.user.update({ where: { id }, data: { passwordHash } });
    for (let i = 0; i < 2; i++) expect((await logIn(registry, email, 'password')).status).toBe(201);
    const user = await registry.database.prisma.user.findUniqueOrThrow({ where: { id } });
    expect(user.passwordHash).toContain('$m=19456,t=2,p=1$');
  });
});
