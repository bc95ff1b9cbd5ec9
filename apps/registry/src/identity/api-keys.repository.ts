import type { PageQuery, Role } from '@kernelcast/contracts';
import { Database, type Prisma, type Tx } from '@kernelcast/database';
import { Injectable } from '@nestjs/common';
import { afterCursor, newestFirst } from '../paging/paging.js';
import type { Identity } from '../projects/project-access.js';
import type { ApiKey } from './identity.types.js';

export interface StoredApiKey {
  readonly id: string;
  readonly projectId: string;
  readonly installationAdmin?: boolean;
  readonly name: string;
  readonly role: Role;
  readonly prefix: string;
  readonly secretHash: string;
  readonly expiresAt: Date | null;
}

/** Neither revoked nor expired. */
export const usableAt = (now: Date) => ({ revokedAt: null, OR: [{ expiresAt: null }, { expiresAt: { gt: now } }] });

/** What has to be read of a key to know who comes with it. */
export const identityFields = {
  id: true,
  name: true,
  role: true,
  installationAdmin: true,
  project: { select: { id: true, name: true, archivedAt: true } },
} as const;

const fields = { id: true, name: true, role: true, prefix: true, expiresAt: true, revokedAt: true, createdAt: true };

@Injectable()
export class ApiKeysRepository {
  constructor(private readonly db: Database) {}

  async findIdentity(secretHash: string): Promise<Identity | null> {
    const key = await this.db.prisma.apiKey.findFirst({
      where: { secretHash, ...usableAt(new Date()) },
      select: identityFields,
    });
    return key && toIdentity(key);
  }

  async create(tx: Tx, data: StoredApiKey): Promise<ApiKey> {
    return toApiKey(await tx.apiKey.create({ data, select: fields }));
  }

  /** @returns whether there was no key with this secret. */
  async createIfAbsent(tx: Tx, data: StoredApiKey): Promise<boolean> {
    const { count } = await tx.apiKey.createMany({ data: [data], skipDuplicates: true });
    return count === 1;
  }

  async list(projectId: string, query: PageQuery): Promise<ApiKey[]> {
    const rows = await this.db.prisma.apiKey.findMany({
      where: { projectId, ...afterCursor(query) },
      ...newestFirst(query),
      select: fields,
    });
    return rows.map(toApiKey);
  }
}

/** A key belongs to one project, and is who it is there. */
export const toIdentity = ({
  role,
  project,
  ...key
}: Prisma.ApiKeyGetPayload<{ select: typeof identityFields }>): Identity => ({
  ...key,
  memberships: [{ project, role }],
});

type Row = Omit<ApiKey, 'expiresAt' | 'revokedAt' | 'createdAt'> & {
  expiresAt: Date | null;
  revokedAt: Date | null;
  createdAt: Date;
};

const toApiKey = (row: Row): ApiKey => ({
  ...row,
  expiresAt: row.expiresAt?.toISOString() ?? null,
  revokedAt: row.revokedAt?.toISOString() ?? null,
  createdAt: row.createdAt.toISOString(),
});
