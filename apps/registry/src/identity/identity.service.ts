import { AppError, hashSecret } from '@kernelcast/platform';
import { Injectable } from '@nestjs/common';
import { ApiKeysRepository } from './api-keys/api-keys.repository.js';
import { isCredential } from './credentials/credential.js';
import type { CredentialIdentity } from './identity.types.js';
import { SessionsService } from './sessions/sessions.service.js';
import { UsageRecorder } from './usage/usage-recorder.service.js';

/** Tells who comes with a credential. */
@Injectable()
export class IdentityService {
  constructor(
    private readonly keys: ApiKeysRepository,
    private readonly sessions: SessionsService,
    private readonly usage: UsageRecorder,
  ) {}

  /**
   * Who comes with a bearer token, which is an API key or a session's.
   * @throws AppError `unauthenticated`
   */
  async identityOfBearer(token: string): Promise<CredentialIdentity> {
    if (!isCredential('session', token)) return this.identityOfKey(token);
    return this.recorded(await this.sessions.identityOf(token, true));
  }

  /** @throws AppError `unauthenticated` unless the token is that of a running session. */
  async identityOfCookie(token: string): Promise<CredentialIdentity> {
    return this.recorded(await this.sessions.identityOf(token, false));
  }

  /** @throws AppError `unauthenticated` unless the secret is that of a key which is neither expired nor revoked. */
  async identityOfKey(secret: string): Promise<CredentialIdentity> {
    if (!isCredential('apiKey', secret)) {
      throw new AppError('unauthenticated', 'This is no API key: it is cut off, mistyped or something else');
    }
    const identity = await this.keys.findIdentity(hashSecret(secret));
    if (!identity) throw new AppError('unauthenticated', 'The API key is unknown, expired or revoked');
    return this.recorded(identity);
  }

  private recorded(identity: CredentialIdentity): CredentialIdentity {
    if (identity.sessionId) this.usage.record('session', identity.sessionId);
    else this.usage.record('apiKey', identity.id);
    return identity;
  }
}
