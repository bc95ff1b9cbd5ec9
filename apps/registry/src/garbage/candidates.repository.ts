import { Database } from '@kernelcast/database';
import { Injectable } from '@nestjs/common';

export interface Candidate {
  readonly key: string;
  /** Bytes */
  readonly size: number;
}

/** Objects that a collection has found to be referred to by nothing, until it looks again. */
@Injectable()
export class CandidatesRepository {
  constructor(private readonly db: Database) {}

  async add(collectionId: string, candidates: readonly Candidate[]): Promise<void> {
    const data = candidates.map(({ key, size }) => ({ collectionId, key, size: BigInt(size) }));
    // A listing may show an object twice when others are put meanwhile.
    await this.db.prisma.garbageCandidate.createMany({ data, skipDuplicates: true });
  }

  /** By key, those after one. */
  async list(collectionId: string, after: string, limit: number): Promise<Candidate[]> {
    const where = { collectionId, key: { gt: after } };
    const rows = await this.db.prisma.garbageCandidate.findMany({ where, orderBy: { key: 'asc' }, take: limit });
    return rows.map(({ key, size }) => ({ key, size: Number(size) }));
  }

  async clear(collectionId: string): Promise<void> {
    await this.db.prisma.garbageCandidate.deleteMany({ where: { collectionId } });
  }
}
