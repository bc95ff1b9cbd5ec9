import { createHash, randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, SignJWT, UnsecuredJWT, type CryptoKey, type JWTPayload } from 'jose';

export const OIDC_CLIENT = { id: 'kernelcast', secret: 'a secret of the client' } as const;
const KID = 'k1';

/** How the provider may misbehave in its next ID token. */
export interface OidcLies {
  readonly claims?: JWTPayload;
  readonly signature?: 'none' | 'other-key' | 'client-secret';
}

interface Grant {
  readonly redirectUri: string;
  readonly nonce: string;
  readonly challenge: string;
}

const bodyOf = async (request: IncomingMessage): Promise<URLSearchParams> => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return new URLSearchParams(Buffer.concat(chunks).toString());
};

/** An OpenID Connect provider where `person` is always logged in; it checks the client, PKCE and codes as it must. */
export class OidcServer {
  person: JWTPayload = {};
  lies: OidcLies = {};
  private readonly grants = new Map<string, Grant>();

  private constructor(
    private readonly server: Server,
    private readonly keys: { own: CryptoKey; foreign: CryptoKey; jwk: object },
  ) {}

  static async start(): Promise<OidcServer> {
    const [own, foreign] = await Promise.all([generateKeyPair('RS256'), generateKeyPair('RS256')]);
    const jwk = { ...(await exportJWK(own.publicKey)), kid: KID, alg: 'RS256', use: 'sig' };
    const server = createServer();
    const provider = new OidcServer(server, { own: own.privateKey, foreign: foreign.privateKey, jwk });
    server.on('request', (request, response) => {
      void provider.answer(request).then(({ status = 200, location, body }) => {
        response.writeHead(status, { 'content-type': 'application/json', ...(location ? { location } : {}) });
        response.end(JSON.stringify(body ?? {}));
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return provider;
  }

  get issuer(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  close(): Promise<void> {
    return new Promise((resolve) => this.server.close(() => resolve()));
  }

  private async answer(request: IncomingMessage): Promise<{ status?: number; location?: string; body?: unknown }> {
    const url = new URL(request.url ?? '/', this.issuer);
    if (url.pathname === '/.well-known/openid-configuration') return { body: this.metadata() };
    if (url.pathname === '/jwks') return { body: { keys: [this.keys.jwk] } };
    if (url.pathname === '/authorize') return { status: 302, location: this.authorize(url.searchParams) };
    if (url.pathname === '/token') return this.token(request);
    return { status: 404 };
  }

  private metadata() {
    return {
      issuer: this.issuer,
      authorization_endpoint: `${this.issuer}/authorize`,
      token_endpoint: `${this.issuer}/token`,
      jwks_uri: `${this.issuer}/jwks`,
      end_session_endpoint: `${this.issuer}/logout`,
      response_types_supported: ['code'],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: ['RS256'],
      code_challenge_methods_supported: ['S256'],
    };
  }

  private authorize(query: URLSearchParams): string {
    const field = (name: string): string => query.get(name) ?? '';
    const back = new URL(field('redirect_uri'));
    back.searchParams.set('state', field('state'));
    if (field('client_id') !== OIDC_CLIENT.id || field('code_challenge_method') !== 'S256') {
      back.searchParams.set('error', 'invalid_request');
      return back.href;
    }
    const code = randomUUID();
    this.grants.set(code, {
      redirectUri: field('redirect_uri'),
      nonce: field('nonce'),
      challenge: field('code_challenge'),
    });
    back.searchParams.set('code', code);
    return back.href;
  }

  private async token(request: IncomingMessage) {
    const form = await bodyOf(request);
    const basic = `${encodeURIComponent(OIDC_CLIENT.id)}:${OIDC_CLIENT.secret.replaceAll(' ', '+')}`;
    if (request.headers.authorization !== `Basic ${Buffer.from(basic).toString('base64')}`) {
      return { status: 401, body: { error: 'invalid_client' } };
    }
    const code = form.get('code') ?? '';
    const grant = this.grants.get(code);
    this.grants.delete(code);
    const verifier = createHash('sha256')
      .update(form.get('code_verifier') ?? '')
      .digest('base64url');
    if (!grant || grant.challenge !== verifier || grant.redirectUri !== form.get('redirect_uri')) {
      return { status: 400, body: { error: 'invalid_grant' } };
    }
    return { body: { access_token: randomUUID(), token_type: 'Bearer', id_token: await this.idToken(grant.nonce) } };
  }

  private idToken(nonce: string): Promise<string> | string {
    const now = Math.floor(Date.now() / 1000);
    const standard = { iss: this.issuer, aud: OIDC_CLIENT.id, nonce, iat: now, exp: now + 60 };
    const claims: JWTPayload = { ...standard, ...this.person, ...this.lies.claims };
    const { signature } = this.lies;
    if (signature === 'none') return new UnsecuredJWT(claims).encode();
    const token = new SignJWT(claims);
    if (signature === 'client-secret') {
      return token.setProtectedHeader({ alg: 'HS256' }).sign(new TextEncoder().encode(OIDC_CLIENT.secret));
    }
    const key = signature === 'other-key' ? this.keys.foreign : this.keys.own;
    return token.setProtectedHeader({ alg: 'RS256', kid: KID }).sign(key);
  }
}
