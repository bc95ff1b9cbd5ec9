import { keyScopeSchema, type ApiKey, type KeyScope, type PageQuery, type Role } from '@kernelcast/contracts';
import { Database, type Prisma, type Tx } from '@kernelcast/database';
import { Injectable } from '@nestjs/common';
import { afterCursor, newestFirst } from '../../paging/paging.js';
import type { CredentialIdentity } from '../identity.types.js';
import { identityOfUser, userIdentityFields } from '../users/user-identity.js';
import { isWithin } from './key-rules.js';

interface StoredApiKey {
  readonly id: string;
  readonly projectId: string;
  readonly installationAdmin: boolean;
  readonly name: string;
  readonly role: Role;
  readonly scopes: readonly KeyScope[];
  readonly prefix: string;
  readonly secretHash: string;
  readonly userId: string | null;
  readonly createdBy: string | null;
  readonly expiresAt: Date | null;
}

/** A new secret of a key, and what becomes of the one before. */
interface RotatedSecret {
  readonly prefix: string;
  readonly secretHash: string;
  readonly previousUntil: Date;
  readonly expiresAt: Date | null;
}

/** Neither revoked nor expired. */
const usableAt = (now: Date) => ({ revokedAt: null, OR: [{ expiresAt: null }, { expiresAt: { gt: now } }] });

/** What has to be read of a key to know who comes with it. */
export const identityFields = {
  id: true,
  name: true,
  role: true,
  scopes: true,
  installationAdmin: true,
  expiresAt: true,
  project: { select: { id: true, name: true, archivedAt: true } },
  user: { select: userIdentityFields },
} as const satisfies Prisma.ApiKeySelect;

const fields = {
  id: true,
  name: true,
  role: true,
  scopes: true,
  installationAdmin: true,
  prefix: true,
  userId: true,
  createdBy: true,
  expiresAt: true,
  previousUntil: true,
  revokedAt: true,
  lastUsedAt: true,
  createdAt: true,
} as const satisfies Prisma.ApiKeySelect;

@Injectable()
export class ApiKeysRepository {
  constructor(private readonly db: Database) {}

  /** Who comes with a secret: the key's own, or the one before it for as long as that works. */
  async findIdentity(secretHash: string): Promise<CredentialIdentity | null> {
    const now = new Date();
    const key = await this.db.prisma.apiKey.findFirst({
      where: {
        AND: [usableAt(now), { OR: [{ secretHash }, { previousSecretHash: secretHash, previousUntil: { gt: now } }] }],
      },
      select: identityFields,
    });
    return key && toIdentity(key);
  }

  async create(tx: Tx, { scopes, ...data }: StoredApiKey): Promise<ApiKey> {
    return toApiKey(await tx.apiKey.create({ data: { ...data, scopes: [...scopes] }, select: fields }));
  }

  /** @returns whether there was no key with this secret, not even before its last rotation. */
  async createIfAbsent(tx: Tx, { scopes, ...data }: StoredApiKey): Promise<boolean> {
    const { secretHash: previousSecretHash } = data;
    if (await tx.apiKey.findUnique({ where: { previousSecretHash }, select: { id: true } })) return false;
    const { count } = await tx.apiKey.createMany({ data: [{ ...data, scopes: [...scopes] }], skipDuplicates: true });
    return count === 1;
  }

  /** @param userId only the keys of this user */
  async list(projectId: string, userId: string | undefined, query: PageQuery): Promise<ApiKey[]> {
    const owned = userId === undefined ? {} : { userId };
    const where = { projectId, ...owned, ...afterCursor(query) };
    return (await this.db.prisma.apiKey.findMany({ where, ...newestFirst(query), select: fields })).map(toApiKey);
  }

  async find(projectId: string, id: string, tx: Tx = this.db.prisma): Promise<ApiKey | null> {
    const row = await tx.apiKey.findFirst({ where: { projectId, id }, select: fields });
    return row && toApiKey(row);
  }

  async rotate(tx: Tx, id: string, next: RotatedSecret): Promise<ApiKey> {
    const { prefix, secretHash, previousUntil, expiresAt } = next;
    await tx.$executeRaw`
      UPDATE api_keys SET previous_secret_hash = secret_hash, previous_until = ${previousUntil},
        secret_hash = ${secretHash}, prefix = ${prefix}, expires_at = ${expiresAt}
      WHERE id = ${id}`;
    return toApiKey(await tx.apiKey.findUniqueOrThrow({ where: { id }, select: fields }));
  }

  /** Revokes a key, with the sessions that were opened with it. One that is revoked already stays as it is. */
  async revoke(tx: Tx, id: string): Promise<ApiKey> {
    await tx.apiKey.updateMany({ where: { id, revokedAt: null }, data: { revokedAt: new Date() } });
    await tx.session.deleteMany({ where: { apiKeyId: id } });
    return toApiKey(await tx.apiKey.findUniqueOrThrow({ where: { id }, select: fields }));
  }
}

/** A key belongs to one project, and is who it is there; null when its user may no longer do what it may. */
export const toIdentity = (
  row: Prisma.ApiKeyGetPayload<{ select: typeof identityFields }>,
): CredentialIdentity | null => {
  const { role, project, scopes, user, ...key } = row;
  const { installationAdmin } = key;
  const owner = user && identityOfUser(user);
  if (user && (!owner || !isWithin({ projectId: project.id, role, installationAdmin }, owner))) return null;
  return { ...key, kind: 'api_key', scopes: toScopes(scopes), memberships: [{ project, role }] };
};

const toScopes = (stored: string[]): KeyScope[] | null =>
  stored.length === 0 ? null : keyScopeSchema.options.filter((scope) => stored.includes(scope));

const toApiKey = (row: Prisma.ApiKeyGetPayload<{ select: typeof fields }>): ApiKey => ({
  ...row,
  scopes: toScopes(row.scopes),
  expiresAt: row.expiresAt?.toISOString() ?? null,
  previousUntil: row.previousUntil?.toISOString() ?? null,
  revokedAt: row.revokedAt?.toISOString() ?? null,
  lastUsedAt: row.lastUsedAt?.toISOString() ?? null,
  createdAt: row.createdAt.toISOString(),
});
