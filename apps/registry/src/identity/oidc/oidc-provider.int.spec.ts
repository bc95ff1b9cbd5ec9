import { OIDC_CLIENT, OidcServer, type OidcLies } from '../../testing/oidc-server.js';
import { OidcProvider } from './oidc-provider.client.js';
import type { OidcSettings } from './oidc.config.js';

let server: OidcServer;
let settings: OidcSettings;
let provider: OidcProvider;

beforeAll(async () => {
  server = await OidcServer.start();
  settings = {
    issuer: new URL(server.issuer),
    clientId: OIDC_CLIENT.id,
    clientSecret: OIDC_CLIENT.secret,
    name: 'Test',
    scopes: 'openid email',
    algorithm: 'RS256',
    groupsClaim: 'groups',
    rules: [],
    createUsers: true,
    trustEmail: false,
    publicUrl: new URL('http://127.0.0.1:7300'),
    insecure: true,
  };
  provider = new OidcProvider(settings);
});
beforeEach(() => {
  server.person = { sub: '42', email: 'ada@engine.example', email_verified: true, name: 'Ada', groups: ['ml', 7] };
  server.lies = {};
});
afterAll(() => server.close());

/** What the provider sends a browser back with. */
const visit = async (url: URL): Promise<string> => {
  const { headers } = await fetch(url, { redirect: 'manual' });
  return new URL(headers.get('location') ?? '').search;
};
const logIn = async () => {
  const { url, ...checks } = await provider.begin();
  return { checks, query: await visit(url) };
};
const refused = expect.objectContaining({ code: 'oidc_refused' }) as Error;

describe('a login through the provider', () => {
  it('tells who it is', async () => {
    const { checks, query } = await logIn();
    expect(await provider.finish(query, checks)).toEqual({
      issuer: server.issuer,
      subject: '42',
      email: 'ada@engine.example',
      emailVerified: true,
      name: 'Ada',
      groups: ['ml'],
    });
  });

  it.each<[string, OidcLies]>([
    ['signed with another key', { signature: 'other-key' }],
    ['signed with the client’s secret', { signature: 'client-secret' }],
    ['not signed', { signature: 'none' }],
    ['of another issuer', { claims: { iss: 'https://evil.example' } }],
    ['for another client', { claims: { aud: 'another' } }],
    ['for two clients, of which it names the other', { claims: { aud: [OIDC_CLIENT.id, 'another'], azp: 'another' } }],
    ['with another nonce', { claims: { nonce: 'another' } }],
    ['that has expired', { claims: { exp: 1 } }],
    ['of nobody', { claims: { sub: undefined } }],
  ])('is refused with an ID token %s', async (_, lies) => {
    server.lies = lies;
    const { checks, query } = await logIn();
    await expect(provider.finish(query, checks)).rejects.toEqual(refused);
  });

  it('is refused to who did not begin it, and a second time', async () => {
    const { checks, query } = await logIn();
    const other = await logIn();
    await expect(provider.finish(query, other.checks)).rejects.toEqual(refused);
    await expect(provider.finish(query, { ...checks, codeVerifier: other.checks.codeVerifier })).rejects.toEqual(
      refused,
    );
    await expect(provider.finish(query, checks)).rejects.toEqual(refused);
    await expect(provider.finish(other.query, other.checks)).resolves.toMatchObject({ subject: '42' });
    await expect(provider.finish(other.query, other.checks)).rejects.toEqual(refused);
  });

  it('is refused when the provider says no', async () => {
    const { checks } = await logIn();
    await expect(provider.finish(`?error=access_denied&state=${checks.state}`, checks)).rejects.toEqual(refused);
  });

  it('is not possible while the provider is away', async () => {
    const away = new OidcProvider({ ...settings, issuer: new URL('http://127.0.0.1:1') });
    await expect(away.begin()).rejects.toMatchObject({ code: 'service_unavailable' });
  });

  it('ends at the provider, too', async () => {
    const url = await provider.endSessionUrl();
    expect(url?.href).toContain(`${server.issuer}/logout?`);
    expect(url?.searchParams.get('post_logout_redirect_uri')).toBe('http://127.0.0.1:7300/');
  });
});
