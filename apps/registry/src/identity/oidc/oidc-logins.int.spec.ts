import { freePort } from '@kernelcast/platform';
import { OIDC_CLIENT, OidcServer } from '../../testing/oidc-server.js';
import { person } from '../../testing/people.js';
import { TestRegistry } from '../../testing/registry-app.js';

let provider: OidcServer;
let registry: TestRegistry;

beforeAll(async () => {
  provider = await OidcServer.start();
  const port = await freePort();
  registry = await TestRegistry.start({
    KERNELCAST_PORT: String(port),
    KERNELCAST_PUBLIC_URL: `http://127.0.0.1:${port}`,
    KERNELCAST_OIDC_ISSUER: provider.issuer,
    KERNELCAST_OIDC_CLIENT_ID: OIDC_CLIENT.id,
    KERNELCAST_OIDC_CLIENT_SECRET: OIDC_CLIENT.secret,
    KERNELCAST_OIDC_CREATE_USERS: '1',
    KERNELCAST_OIDC_ROLES: JSON.stringify([
      { group: 'platform', admin: true },
      { group: 'ml', project: 'default', role: 'trainer' },
      { group: 'ml', project: 'not-yet-there', role: 'trainer' },
    ]),
  });
});
beforeEach(() => {
  provider.lies = {};
});
afterAll(async () => {
  await registry.close();
  await provider.close();
});

const visit = async (url: string, cookie?: string) => {
  const { status, headers } = await fetch(url, { redirect: 'manual', headers: cookie ? { cookie } : {} });
  const cookies = headers.getSetCookie();
  return { status, location: headers.get('location') ?? '', cookies };
};
const pairOf = (cookies: string[], name: string): string =>
  cookies.find((cookie) => cookie.startsWith(`${name}=`) && !cookie.startsWith(`${name}=;`))?.split(';')[0] ?? '';

const begin = async () => {
  const begun = await visit(`${registry.url}/v1/oidc/login?returnTo=/tasks`);
  expect(begun.status).toBe(302);
  const { location } = await visit(begun.location);
  return { callback: location, state: pairOf(begun.cookies, 'kernelcast_oidc'), cookies: begun.cookies };
};
/** What a browser does; gives where it ends and the session it has then. */
const logIn = async (claims: { sub: string; groups?: string[]; email?: string; email_verified?: boolean }) => {
  provider.person = { email_verified: true, email: `${claims.sub}@idp.example`, name: claims.sub, ...claims };
  const { callback, state } = await begin();
  const { location, cookies } = await visit(callback, state);
  return {
    location,
    session: { key: null, headers: { cookie: pairOf(cookies, 'kernelcast_session'), origin: registry.url } },
  };
};
const me = async (session: { key: null; headers: Record<string, string> }) =>
  (await registry.get<{ id: string; role: string; installationAdmin: boolean }>('/v1/me', session)).body;

describe('logging in through the provider', () => {
  it('makes a user with the roles of their groups, and takes them away with the groups', async () => {
    const { location, session } = await logIn({ sub: 'ada', groups: ['ml'] });
    expect(location).toBe('/tasks');
    const first = await me(session);
    expect(first).toMatchObject({ kind: 'user', name: 'ada', role: 'trainer', installationAdmin: false });
    const again = await logIn({ sub: 'ada', groups: ['platform'], email: 'moved@idp.example' });
    expect(await me(again.session)).toMatchObject({ id: first.id, installationAdmin: true, memberships: [] });
    const gone = await logIn({ sub: 'ada', groups: [] });
    expect(gone.location).toBe('/tasks');
    expect(await me(gone.session)).toMatchObject({ installationAdmin: true });
  });

  it('keeps the last admin, and not the last but one', async () => {
    await person(registry, 'root', { installationAdmin: true });
    const { location } = await logIn({ sub: 'ada', groups: [] });
    expect(location).toBe('/?loginError=forbidden');
  });

  it('finds a user whom an admin has made, by a verified address alone', async () => {
    const rights = { memberships: [{ project: 'default', role: 'approver' }] };
    const { id, email } = await person(registry, 'grace', rights);
    const stranger = await logIn({ sub: 'evil', email, email_verified: false, groups: ['ml'] });
    expect(stranger.location).toBe('/?loginError=oidc_user_unknown');
    const owner = await logIn({ sub: 'grace', email, groups: [] });
    expect(owner.location).toBe('/?loginError=forbidden');
    const trainer = await logIn({ sub: 'grace', email: 'other@idp.example', groups: ['ml'] });
    expect(await me(trainer.session)).toMatchObject({ id, role: 'trainer' });
    const second = await logIn({ sub: 'impostor', email, groups: ['ml'] });
    expect(second.location).toBe('/?loginError=oidc_user_unknown');
  });

  it('shuts out who is disabled here', async () => {
    const { session } = await logIn({ sub: 'leaver', groups: ['ml'] });
    const { id } = await me(session);
    await registry.call('PATCH', `/v1/users/${id}`, { body: { disabled: true } });
    expect((await registry.get('/v1/me', session)).status).toBe(401);
    expect((await logIn({ sub: 'leaver', groups: ['ml'] })).location).toBe('/?loginError=unauthenticated');
  });

  it('is refused in another browser, with a foreign state, and with an ID token that lies', async () => {
    provider.person = { sub: 'victim', email: 'victim@idp.example', email_verified: true, groups: ['ml'] };
    const [one, other] = [await begin(), await begin()];
    for (const state of [undefined, other.state, 'kernelcast_oidc=AAAA']) {
      const { location, cookies } = await visit(one.callback, state);
      expect(location).toBe('/?loginError=oidc_refused');
      expect(pairOf(cookies, 'kernelcast_session')).toBe('');
    }
    provider.lies = { claims: { aud: 'another' } };
    expect((await logIn({ sub: 'victim', groups: ['ml'] })).location).toBe('/?loginError=oidc_refused');
  });

  it('keeps its state out of reach of scripts, and leads to no foreign page', async () => {
    const { cookies } = await begin();
    expect(cookies.join()).toMatch(/HttpOnly/);
    expect(cookies.join()).toMatch(/SameSite=Lax/);
    provider.person = { sub: 'ada', groups: ['ml'] };
    const begun = await visit(`${registry.url}/v1/oidc/login?returnTo=//evil.example`);
    const { location } = await visit(begun.location);
    expect((await visit(location, pairOf(begun.cookies, 'kernelcast_oidc'))).location).toBe('/');
  });

  it('ends here, and tells where it ends at the provider', async () => {
    const { session } = await logIn({ sub: 'ada', groups: ['ml'] });
    const { body } = await registry.post<{ url: string }>('/v1/oidc/logout', undefined, session);
    expect(body.url).toContain(`${provider.issuer}/logout?`);
    expect((await registry.get('/v1/me', session)).status).toBe(401);
  });
});
