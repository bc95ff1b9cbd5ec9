import type { PageQuery, Session } from '@kernelcast/contracts';
import { Database, newId, type Prisma, type Tx } from '@kernelcast/database';
import { Injectable } from '@nestjs/common';
import { afterCursor, newestFirst } from '../../paging/paging.js';
import { identityFields, toIdentity } from '../api-keys/api-keys.repository.js';
import type { CredentialIdentity, LoginMethod } from '../identity.types.js';
import { identityOfUser, userIdentityFields } from '../users/user-identity.js';

/** Sessions of one user or key; when there are more, the oldest end. */
const MAX_SESSIONS = 100;

/** Whose a session is. */
export type SessionOwner = { readonly userId: string } | { readonly apiKeyId: string };

interface NewSession {
  readonly owner: SessionOwner;
  readonly tokenHash: string;
  readonly method: LoginMethod;
  readonly bearer: boolean;
  readonly userAgent: string | null;
  readonly expiresAt: Date;
}

type ListedSession = Omit<Session, 'current'>;

const fields = {
  id: true,
  method: true,
  bearer: true,
  userAgent: true,
  createdAt: true,
  lastUsedAt: true,
  expiresAt: true,
} as const satisfies Prisma.SessionSelect;

@Injectable()
export class SessionsRepository {
  constructor(private readonly db: Database) {}

  async create(tx: Tx, { owner, ...session }: NewSession): Promise<string> {
    const id = newId('session');
    await tx.session.create({ data: { id, ...owner, ...session } });
    if ('userId' in owner) await tx.user.update({ where: { id: owner.userId }, data: { lastLoginAt: new Date() } });
    const surplus = await tx.session.findFirst({ where: owner, orderBy: { id: 'desc' }, skip: MAX_SESSIONS });
    if (surplus) await tx.session.deleteMany({ where: { ...owner, id: { lte: surplus.id } } });
    return id;
  }

  /**
   * Whose session it is, as long as their API key is good, or they are not disabled.
   * @param session `usedAfter`: an older use has ended it
   */
  async findIdentity(session: {
    tokenHash: string;
    bearer: boolean;
    usedAfter: Date;
  }): Promise<CredentialIdentity | null> {
    const now = new Date();
    const { tokenHash, bearer, usedAfter } = session;
    const row = await this.db.prisma.session.findFirst({
      where: { tokenHash, bearer, expiresAt: { gt: now }, lastUsedAt: { gt: usedAfter } },
      select: {
        id: true,
        user: { select: userIdentityFields },
        apiKey: { select: { ...identityFields, revokedAt: true } },
      },
    });
    if (!row) return null;
    const identity = row.user ? identityOfUser(row.user) : keyIdentity(row.apiKey, now);
    return identity && { ...identity, sessionId: row.id };
  }

  async list(owner: SessionOwner, query: PageQuery): Promise<ListedSession[]> {
    const where = { ...owner, expiresAt: { gt: new Date() }, ...afterCursor(query) };
    return (await this.db.prisma.session.findMany({ where, ...newestFirst(query), select: fields })).map(toSession);
  }

  /** @returns whether there was such a session */
  async delete(tx: Tx, owner: SessionOwner, id: string): Promise<boolean> {
    const { count } = await tx.session.deleteMany({ where: { ...owner, id } });
    return count === 1;
  }

  async deleteOfUser(tx: Tx, userId: string): Promise<void> {
    await tx.session.deleteMany({ where: { userId } });
  }

  /** @param usedBefore sessions that were last used then have ended */
  async deleteEnded(usedBefore: Date): Promise<void> {
    const where = { OR: [{ expiresAt: { lte: new Date() } }, { lastUsedAt: { lte: usedBefore } }] };
    await this.db.prisma.session.deleteMany({ where });
  }
}

type KeyRow = Parameters<typeof toIdentity>[0] & { readonly revokedAt: Date | null };

const keyIdentity = (key: KeyRow | null, now: Date): CredentialIdentity | null => {
  if (!key || key.revokedAt || (key.expiresAt && key.expiresAt <= now)) return null;
  const { revokedAt: _, ...row } = key;
  return toIdentity(row);
};

const toSession = (row: Prisma.SessionGetPayload<{ select: typeof fields }>): ListedSession => {
  const { bearer, createdAt, lastUsedAt, expiresAt, ...session } = row;
  return {
    ...session,
    as: bearer ? 'token' : 'cookie',
    createdAt: createdAt.toISOString(),
    lastUsedAt: lastUsedAt.toISOString(),
    expiresAt: expiresAt.toISOString(),
  };
};
