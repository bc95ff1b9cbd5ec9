import type { BaseNetwork, Digest, PageQuery } from '@kernelcast/contracts';
import { Database, isUniqueViolation, type Tx } from '@kernelcast/database';
import { Injectable } from '@nestjs/common';
import { afterCursor, idOrName, newestFirst } from '../paging/paging.js';

export type NewBaseNetwork = Omit<BaseNetwork, 'state' | 'createdAt'>;

@Injectable()
export class BaseNetworksRepository {
  constructor(private readonly db: Database) {}

  /** @returns null when the name or the digest is taken. */
  async create(tx: Tx, data: NewBaseNetwork): Promise<BaseNetwork | null> {
    try {
      return toBaseNetwork(await tx.baseNetwork.create({ data }));
    } catch (error) {
      if (isUniqueViolation(error)) return null;
      throw error;
    }
  }

  async find(reference: string, tx: Tx = this.db.prisma): Promise<BaseNetwork | null> {
    const row = await tx.baseNetwork.findFirst({ where: idOrName(reference) });
    return row && toBaseNetwork(row);
  }

  async list(query: PageQuery): Promise<BaseNetwork[]> {
    const rows = await this.db.prisma.baseNetwork.findMany({ where: afterCursor(query), ...newestFirst(query) });
    return rows.map(toBaseNetwork);
  }
}

type Row = Omit<BaseNetwork, 'digest' | 'graphDigest' | 'weightsDigest' | 'createdAt'> & {
  digest: string;
  graphDigest: string;
  weightsDigest: string;
  createdAt: Date;
};

const toBaseNetwork = (row: Row): BaseNetwork => ({
  ...row,
  digest: row.digest as Digest,
  graphDigest: row.graphDigest as Digest,
  weightsDigest: row.weightsDigest as Digest,
  createdAt: row.createdAt.toISOString(),
});
