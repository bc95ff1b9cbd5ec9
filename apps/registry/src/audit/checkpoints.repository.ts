import { auditCheckpointSchema, type AuditCheckpoint, type AuditCheckpointClaims } from '@kernelcast/contracts';
import { Database, type Prisma } from '@kernelcast/database';
import { Injectable } from '@nestjs/common';

/** Claims as they lie in the database, with the statement that must say the same. */
export type StoredCheckpoint = Omit<AuditCheckpointClaims, 'type'> & { readonly statement: unknown };

@Injectable()
export class CheckpointsRepository {
  constructor(private readonly db: Database) {}

  /** Another replica may have signed the same end of the chain: then its checkpoint stays. */
  async add({ seq, entries, signedAt, statement, ...rest }: AuditCheckpoint): Promise<void> {
    const data = { ...rest, seq: BigInt(seq), entries: BigInt(entries), signedAt: new Date(signedAt) };
    await this.db.prisma.auditCheckpoint.createMany({
      data: [{ ...data, statement: statement as Prisma.InputJsonObject }],
      skipDuplicates: true,
    });
  }

  /** Oldest first, those after a place. */
  async list(afterSeq: bigint, limit: number): Promise<StoredCheckpoint[]> {
    const where = { seq: { gt: afterSeq } };
    const rows = await this.db.prisma.auditCheckpoint.findMany({ where, orderBy: { seq: 'asc' }, take: limit });
    return rows.map(({ seq, hash, entries, signedAt, statement }) => ({
      seq: Number(seq),
      hash,
      entries: Number(entries),
      signedAt: signedAt.toISOString(),
      statement,
    }));
  }

  async last(): Promise<AuditCheckpoint | null> {
    const row = await this.db.prisma.auditCheckpoint.findFirst({ orderBy: { seq: 'desc' } });
    if (!row) return null;
    const { seq, entries, signedAt, ...rest } = row;
    const numbers = { seq: Number(seq), entries: Number(entries), signedAt: signedAt.toISOString() };
    return auditCheckpointSchema.parse({ ...rest, ...numbers });
  }
}
