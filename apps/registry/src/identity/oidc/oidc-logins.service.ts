import { AppError } from '@kernelcast/platform';
import { Inject, Injectable } from '@nestjs/common';
import { MASTER_KEY } from '../../config/registry.config.js';
import { Logins, type LoggedIn } from '../logins/logins.service.js';
import type { SessionRequest } from '../sessions/sessions.service.js';
import { LOGIN_STATE_SECONDS, localPath, openLoginState, sealLoginState } from './login-state.js';
import { OidcProvider } from './oidc-provider.client.js';
import { OidcUsers } from './oidc-users.service.js';
import { OIDC_SETTINGS, type OidcSettings } from './oidc.config.js';

const MS_PER_SECOND = 1000;

/** Logging in through the OpenID Connect provider. */
@Injectable()
export class OidcLogins {
  private readonly provider: OidcProvider | undefined;

  constructor(
    @Inject(OIDC_SETTINGS) settings: OidcSettings | null,
    @Inject(MASTER_KEY) private readonly masterKey: Uint8Array,
    private readonly users: OidcUsers,
    private readonly logins: Logins,
  ) {
    this.provider = settings ? new OidcProvider(settings) : undefined;
  }

  /** @throws AppError `not_found` when no provider is configured */
  assertConfigured(): void {
    this.configured();
  }

  /**
   * @returns where to send the browser, and what it must bring back with it
   * @throws AppError `not_found`, `service_unavailable`
   */
  async begin(returnTo: string | undefined): Promise<{ readonly url: URL; readonly sealed: string }> {
    const { url, ...checks } = await this.configured().begin();
    const expiresAt = Date.now() + LOGIN_STATE_SECONDS * MS_PER_SECOND;
    const sealed = sealLoginState({ ...checks, returnTo: localPath(returnTo), expiresAt }, this.masterKey);
    return { url, sealed };
  }

  /**
   * @param query of the callback, as it came
   * @param sealed what {@link begin} gave to the browser
   * @throws AppError `oidc_refused`, `oidc_user_unknown`, `unauthenticated` to who is disabled, `forbidden`
   */
  async finish(
    query: string,
    sealed: string | undefined,
    request: Pick<SessionRequest, 'userAgent' | 'requestId'>,
  ): Promise<LoggedIn & { readonly returnTo: string }> {
    const provider = this.configured();
    const state = sealed === undefined ? undefined : openLoginState(sealed, this.masterKey);
    if (!state) throw new AppError('oidc_refused', 'The login was begun in another browser, or too long ago');
    const identity = await provider.finish(query, state);
    const userId = await this.users.userFor(identity, request.requestId);
    const session = await this.logins.openFor(userId, { ...request, method: 'oidc', bearer: false });
    return { ...session, returnTo: state.returnTo };
  }

  /** @throws AppError `not_found`, `service_unavailable` */
  async endSessionUrl(): Promise<string | null> {
    return (await this.configured().endSessionUrl())?.href ?? null;
  }

  private configured(): OidcProvider {
    if (!this.provider) throw new AppError('not_found', 'No OpenID Connect provider is configured');
    return this.provider;
  }
}
