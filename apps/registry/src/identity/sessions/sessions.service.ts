import type { Page, PageQuery, Session } from '@kernelcast/contracts';
import { AppError, hashSecret } from '@kernelcast/platform';
import { Inject, Injectable } from '@nestjs/common';
import type { Author } from '../../changes/actor.js';
import { Changes } from '../../changes/changes.service.js';
import { CONFIG, type RegistryConfig } from '../../config/registry.config.js';
import { pageById } from '../../paging/paging.js';
import { newCredential } from '../credentials/credential.js';
import type { CredentialIdentity, LoginMethod } from '../identity.types.js';
import { SessionsRepository, type SessionOwner } from './sessions.repository.js';

const MS_PER_MINUTE = 60_000;
const MS_PER_HOUR = 60 * MS_PER_MINUTE;
const USER_AGENT_LENGTH = 200;

/** A session that was just opened; its token is not kept. */
export interface OpenedSession {
  readonly id: string;
  readonly token: string;
  readonly expiresAt: Date;
}

/** How a session is opened. */
export interface SessionRequest {
  readonly method: LoginMethod;
  /** Sent as a bearer token, not as a cookie. */
  readonly bearer: boolean;
  readonly userAgent: string | undefined;
  readonly requestId: string;
}

const ownerOf = ({ kind, id }: Pick<CredentialIdentity, 'kind' | 'id'>): SessionOwner =>
  kind === 'user' ? { userId: id } : { apiKeyId: id };

@Injectable()
export class SessionsService {
  constructor(
    private readonly sessions: SessionsRepository,
    private readonly changes: Changes,
    @Inject(CONFIG) private readonly config: RegistryConfig,
  ) {}

  async open(who: Pick<CredentialIdentity, 'kind' | 'id'>, request: SessionRequest): Promise<OpenedSession> {
    const { method, bearer, userAgent, requestId } = request;
    const token = newCredential('session');
    const expiresAt = new Date(Date.now() + this.config.KERNELCAST_SESSION_HOURS * MS_PER_HOUR);
    const session = { method, bearer, userAgent: userAgent?.slice(0, USER_AGENT_LENGTH) ?? null, expiresAt };
    return this.changes.commit({ id: who.id, projectId: null, requestId }, async (tx) => {
      const id = await this.sessions.create(tx, { owner: ownerOf(who), tokenHash: hashSecret(token), ...session });
      const audit = {
        action: 'session.create',
        resource: id,
        after: { method, bearer, expiresAt: expiresAt.toISOString() },
      };
      return { result: { id, token, expiresAt }, audit };
    });
  }

  /** @throws AppError `unauthenticated` unless the token is that of a running session. */
  async identityOf(token: string, bearer: boolean): Promise<CredentialIdentity> {
    const identity = await this.sessions.findIdentity({
      tokenHash: hashSecret(token),
      bearer,
      usedAfter: this.idleSince(),
    });
    if (!identity) throw new AppError('unauthenticated', 'The session is unknown or has ended');
    return identity;
  }

  async list(who: CredentialIdentity, query: PageQuery): Promise<Page<Session>> {
    const page = pageById(await this.sessions.list(ownerOf(who), query), query);
    return { ...page, data: page.data.map((session) => ({ ...session, current: session.id === who.sessionId })) };
  }

  /** @throws AppError `session_not_found`, also for somebody else's */
  async end(who: CredentialIdentity, id: string, author: Author): Promise<void> {
    await this.changes.commit({ ...author, projectId: null }, async (tx) => {
      const ended = await this.sessions.delete(tx, ownerOf(who), id);
      if (!ended) throw new AppError('session_not_found', `There is no session ${id}`);
      return { result: null, audit: { action: 'session.end', resource: id } };
    });
  }

  deleteEnded(): Promise<void> {
    return this.sessions.deleteEnded(this.idleSince());
  }

  private idleSince(): Date {
    return new Date(Date.now() - this.config.KERNELCAST_SESSION_IDLE_MINUTES * MS_PER_MINUTE);
  }
}
