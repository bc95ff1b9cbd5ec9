import { AppError } from '@kernelcast/platform';
import { Injectable } from '@nestjs/common';
import { ProjectsService } from '../../projects/projects.service.js';
import { IdentityService } from '../identity.service.js';
import type { CreatedSession, CreateSession, CredentialIdentity } from '../identity.types.js';
import { SessionsService, type OpenedSession, type SessionRequest } from '../sessions/sessions.service.js';
import { UserIdentities } from '../users/user-identities.repository.js';
import { PasswordLogins, type LoginOrigin } from './password-logins.service.js';

/** A new session, and what is told of it. */
export interface LoggedIn {
  readonly session: OpenedSession;
  readonly answer: CreatedSession;
}

/** Opens sessions. */
@Injectable()
export class Logins {
  constructor(
    private readonly passwords: PasswordLogins,
    private readonly identity: IdentityService,
    private readonly users: UserIdentities,
    private readonly sessions: SessionsService,
    private readonly projects: ProjectsService,
  ) {}

  /** @throws AppError `unauthenticated`, `login_throttled`, `forbidden` to who may do nothing anywhere */
  async logIn(credentials: CreateSession, request: Omit<SessionRequest, 'method' | 'bearer'>, address: string) {
    const bearer = credentials.as === 'token';
    if ('apiKey' in credentials) {
      const identity = await this.identity.identityOfKey(credentials.apiKey);
      return this.open(identity, { ...request, method: 'api_key', bearer });
    }
    const origin: LoginOrigin = { address, requestId: request.requestId };
    const { id } = await this.passwords.check(credentials.email, credentials.password, origin);
    return this.openFor(id, { ...request, method: 'password', bearer });
  }

  /** Opens a session for a user who has shown who they are. @throws AppError as {@link logIn} */
  async openFor(userId: string, request: SessionRequest): Promise<LoggedIn> {
    const identity = await this.users.find(userId);
    if (!identity) throw new AppError('unauthenticated', 'The user is disabled');
    return this.open(identity, request);
  }

  private async open(identity: CredentialIdentity, request: SessionRequest): Promise<LoggedIn> {
    if (!identity.installationAdmin && identity.memberships.length === 0) {
      throw new AppError('forbidden', 'You have no part in any project yet; an admin can give you one');
    }
    const { principal } = await this.projects.enter(identity, undefined, { anyProject: true });
    const session = await this.sessions.open(identity, request);
    const { id, token, expiresAt } = session;
    const shown = { session: { id, expiresAt: expiresAt.toISOString() }, token: request.bearer ? token : null };
    return { session, answer: { ...principal, ...shown } };
  }
}
