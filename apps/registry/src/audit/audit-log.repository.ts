import type { AuditEvent, AuditFilter, PageQuery } from '@kernelcast/contracts';
import { Database, type Prisma } from '@kernelcast/database';
import { Injectable } from '@nestjs/common';
import type { AuditEntry } from '../changes/audit-chain.js';
import { takeOneMore } from '../paging/paging.js';

/** An entry as it lies in the database, with its place in the chain. */
export interface ChainedEntry extends AuditEntry {
  readonly seq: bigint;
  readonly hash: string;
}

/** Which entries somebody may see. */
export interface AuditScope {
  /** Null for those of the whole installation. */
  readonly projectId: string | null;
}

/** Every place in the chain that the column can hold; larger cursors are no places. */
const MAX_SEQ = 2n ** 63n - 1n;

@Injectable()
export class AuditLogRepository {
  constructor(private readonly db: Database) {}

  /** Newest first; the cursor is an entry's place. */
  async list(scope: AuditScope, { after, ...query }: PageQuery & AuditFilter): Promise<AuditEvent[]> {
    const seq =
      after !== undefined && /^\d{1,19}$/.test(after) && BigInt(after) <= MAX_SEQ ? { lt: BigInt(after) } : {};
    const where = { AND: [{ seq }, conditions(scope, query)] };
    const take = takeOneMore(query);
    return (await this.db.prisma.auditEvent.findMany({ where, orderBy: { seq: 'desc' }, take })).map(toEvent);
  }

  /** The next entries after a place, oldest first. */
  async next(scope: AuditScope, filter: AuditFilter, { afterSeq, limit }: { afterSeq: bigint; limit: number }) {
    const where = { AND: [{ seq: { gt: afterSeq } }, conditions(scope, filter)] };
    return (await this.db.prisma.auditEvent.findMany({ where, orderBy: { seq: 'asc' }, take: limit })).map(toEvent);
  }

  /** The next links of the chain, whoever they belong to. */
  async nextLinks(afterSeq: bigint, upTo: bigint, limit: number): Promise<ChainedEntry[]> {
    const where = { seq: { gt: afterSeq, lte: upTo } };
    return this.db.prisma.auditEvent.findMany({ where, orderBy: { seq: 'asc' }, take: limit });
  }

  async last(): Promise<ChainedEntry | null> {
    return this.db.prisma.auditEvent.findFirst({ orderBy: { seq: 'desc' } });
  }

  async find(seq: bigint): Promise<ChainedEntry | null> {
    return this.db.prisma.auditEvent.findUnique({ where: { seq } });
  }

  /** How many entries there are up to a place, the one there included, after another place. */
  async count(after: bigint, upTo: bigint): Promise<number> {
    return this.db.prisma.auditEvent.count({ where: { seq: { gt: after, lte: upTo } } });
  }
}

const conditions = (
  { projectId }: AuditScope,
  { actor, action, resource, from, to }: AuditFilter,
): Prisma.AuditEventWhereInput => ({
  ...(projectId === null ? {} : { projectId }),
  actor,
  resource,
  action: action?.endsWith('.*') ? { startsWith: action.slice(0, -1) } : action,
  at: { gte: from, lt: to },
});

const toEvent = ({ seq, at, ...row }: ChainedEntry): AuditEvent => ({
  ...row,
  seq: Number(seq),
  at: at.toISOString(),
});
