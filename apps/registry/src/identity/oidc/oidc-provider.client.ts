import { AppError } from '@kernelcast/platform';
import * as openid from 'openid-client';
import type { OidcSettings } from './oidc.config.js';

/** Seconds to wait for the provider: people look at a blank page meanwhile. */
const TIMEOUT_SECONDS = 10;
const CALLBACK_PATH = '/v1/oidc/callback';
/** More groups than this come as a link instead (Entra ID), and fit no cookie or header. */
const MAX_GROUPS = 1000;

/** Who logged in, as the provider says. */
export interface OidcIdentity {
  readonly issuer: string;
  readonly subject: string;
  readonly email: string | undefined;
  readonly emailVerified: boolean;
  readonly name: string | undefined;
  readonly groups: readonly string[];
}

/** What a login is finished with. */
interface OidcChecks {
  readonly state: string;
  readonly nonce: string;
  readonly codeVerifier: string;
}

const text = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);
const list = (value: unknown): string[] =>
  (Array.isArray(value) ? value : [value]).filter((item) => typeof item === 'string').slice(0, MAX_GROUPS);

/** The OpenID Connect provider (OpenID Connect Core 1.0): authorization code flow with PKCE (RFC 7636). */
export class OidcProvider {
  private discovered: Promise<openid.Configuration> | undefined;

  constructor(private readonly settings: OidcSettings) {}

  /** Begins a login. @returns where to send the browser, and what to check when it comes back */
  async begin(): Promise<OidcChecks & { readonly url: URL }> {
    const configuration = await this.configuration();
    const checks = {
      state: openid.randomState(),
      nonce: openid.randomNonce(),
      codeVerifier: openid.randomPKCECodeVerifier(),
    };
    const url = openid.buildAuthorizationUrl(configuration, {
      redirect_uri: this.redirectUri().href,
      scope: this.settings.scopes,
      state: checks.state,
      nonce: checks.nonce,
      code_challenge: await openid.calculatePKCECodeChallenge(checks.codeVerifier),
      code_challenge_method: 'S256',
    });
    return { ...checks, url };
  }

  /**
   * Finishes a login: exchanges the code, and checks state, issuer, audience, nonce, times, algorithm and signature.
   * @param query of the callback, as it came
   * @throws AppError `oidc_refused` when any of it is not as it must be
   */
  async finish(query: string, { state, nonce, codeVerifier }: OidcChecks): Promise<OidcIdentity> {
    const configuration = await this.configuration();
    const url = this.redirectUri();
    url.search = query;
    try {
      const tokens = await openid.authorizationCodeGrant(configuration, url, {
        expectedState: state,
        expectedNonce: nonce,
        pkceCodeVerifier: codeVerifier,
        idTokenExpected: true,
      });
      return this.identityOf(tokens.claims());
    } catch (cause) {
      throw new AppError('oidc_refused', undefined, { cause });
    }
  }

  /** Where to send a browser so that the provider forgets who is logged in; undefined when it offers no such place. */
  async endSessionUrl(): Promise<URL | undefined> {
    const configuration = await this.configuration();
    if (!configuration.serverMetadata().end_session_endpoint) return undefined;
    return openid.buildEndSessionUrl(configuration, { post_logout_redirect_uri: this.settings.publicUrl.href });
  }

  private identityOf(claims: openid.IDToken | undefined): OidcIdentity {
    if (!claims) throw new Error('the answer holds no ID token');
    return {
      issuer: claims.iss,
      subject: claims.sub,
      email: text(claims['email'])?.toLowerCase(),
      emailVerified: claims['email_verified'] === true || this.settings.trustEmail,
      name: text(claims['name']) ?? text(claims['preferred_username']),
      groups: list(claims[this.settings.groupsClaim]),
    };
  }

  private redirectUri(): URL {
    return new URL(CALLBACK_PATH, this.settings.publicUrl);
  }

  /** Asks the provider about itself once; after a fault the next caller asks again. */
  private async configuration(): Promise<openid.Configuration> {
    this.discovered ??= this.discover();
    try {
      return await this.discovered;
    } catch (cause) {
      this.discovered = undefined;
      throw new AppError('service_unavailable', 'The identity provider cannot be reached', { cause });
    }
  }

  private discover(): Promise<openid.Configuration> {
    const { issuer, clientId, clientSecret, algorithm, insecure } = this.settings;
    const metadata = { id_token_signed_response_alg: algorithm };
    const authentication = clientSecret ? openid.ClientSecretBasic(clientSecret) : openid.None();
    // By the letter of the protocol, TLS to the token endpoint can stand in for the signature. We check it all the same.
    const execute = [openid.enableNonRepudiationChecks, ...(insecure ? [openid.allowInsecureRequests] : [])];
    return openid.discovery(issuer, clientId, metadata, authentication, { execute, timeout: TIMEOUT_SECONDS });
  }
}
