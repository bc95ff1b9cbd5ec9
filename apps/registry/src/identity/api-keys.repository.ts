import type { PageQuery, Principal, Role } from '@kernelcast/contracts';
import { Database, type Tx } from '@kernelcast/database';
import { Injectable } from '@nestjs/common';
import { afterCursor, newestFirst } from '../paging/paging.js';
import type { ApiKey } from './identity.types.js';

export interface StoredApiKey {
  readonly id: string;
  readonly name: string;
  readonly role: Role;
  readonly prefix: string;
  readonly secretHash: string;
  readonly expiresAt: Date | null;
}

/** Neither revoked nor expired. */
export const usableAt = (now: Date) => ({ revokedAt: null, OR: [{ expiresAt: null }, { expiresAt: { gt: now } }] });

const fields = { id: true, name: true, role: true, prefix: true, expiresAt: true, revokedAt: true, createdAt: true };

@Injectable()
export class ApiKeysRepository {
  constructor(private readonly db: Database) {}

  async findPrincipal(secretHash: string): Promise<Principal | null> {
    return this.db.prisma.apiKey.findFirst({
      where: { secretHash, ...usableAt(new Date()) },
      select: { id: true, name: true, role: true },
    });
  }

  async create(tx: Tx, data: StoredApiKey): Promise<ApiKey> {
    return toApiKey(await tx.apiKey.create({ data, select: fields }));
  }

  /** @returns whether there was no key with this secret. */
  async createIfAbsent(tx: Tx, data: StoredApiKey): Promise<boolean> {
    const { count } = await tx.apiKey.createMany({ data: [data], skipDuplicates: true });
    return count === 1;
  }

  async list(query: PageQuery): Promise<ApiKey[]> {
    const rows = await this.db.prisma.apiKey.findMany({
      where: afterCursor(query),
      ...newestFirst(query),
      select: fields,
    });
    return rows.map(toApiKey);
  }
}

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
