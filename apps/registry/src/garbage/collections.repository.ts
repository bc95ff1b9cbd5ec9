import {
  garbageReportSchema,
  type CreateGarbageCollection,
  type GarbageCollection,
  type GarbageReport,
  type PageQuery,
} from '@kernelcast/contracts';
import { Database, isUniqueViolation, newId, type Prisma, type Tx } from '@kernelcast/database';
import { Injectable } from '@nestjs/common';
import { afterCursor, newestFirst } from '../paging/paging.js';

export interface Lease {
  readonly owner: string;
  readonly ms: number;
}

const IDLE = { leaseOwner: null, leaseUntil: null } as const;

@Injectable()
export class CollectionsRepository {
  constructor(private readonly db: Database) {}

  /** @returns null when another one is queued or running */
  async create(tx: Tx, settings: CreateGarbageCollection & { requestedBy: string }): Promise<GarbageCollection | null> {
    const active = await tx.garbageCollection.count({ where: { state: { in: ['queued', 'running'] } } });
    if (active > 0) return null;
    try {
      return toCollection(await tx.garbageCollection.create({ data: { id: newId('garbageCollection'), ...settings } }));
    } catch (error) {
      if (isUniqueViolation(error)) return null;
      throw error;
    }
  }

  async list(query: PageQuery): Promise<GarbageCollection[]> {
    const where = afterCursor(query);
    return (await this.db.prisma.garbageCollection.findMany({ where, ...newestFirst(query) })).map(toCollection);
  }

  async find(id: string): Promise<GarbageCollection | null> {
    const row = await this.db.prisma.garbageCollection.findUnique({ where: { id } });
    return row && toCollection(row);
  }

  async lastCreatedAt(): Promise<Date | null> {
    const row = await this.db.prisma.garbageCollection.findFirst({ orderBy: { createdAt: 'desc' } });
    return row?.createdAt ?? null;
  }

  /** Takes the one that waits, or whose registry has died. */
  async take({ owner, ms }: Lease): Promise<GarbageCollection | null> {
    const now = new Date();
    const free = { OR: [{ state: 'queued' as const }, { state: 'running' as const, leaseUntil: { lt: now } }] };
    const data = { state: 'running' as const, leaseOwner: owner, leaseUntil: new Date(now.getTime() + ms) };
    const [row] = await this.db.prisma.garbageCollection.updateManyAndReturn({
      where: free,
      data: { ...data, startedAt: now },
    });
    return row ? toCollection(row) : null;
  }

  /** @returns false when another registry has it by now */
  async prolong(id: string, { owner, ms }: Lease): Promise<boolean> {
    const data = { leaseUntil: new Date(Date.now() + ms) };
    return (await this.db.prisma.garbageCollection.updateMany({ where: { id, leaseOwner: owner }, data })).count === 1;
  }

  /** Lets another registry begin it anew. */
  async release(id: string, owner: string): Promise<void> {
    const data = { ...IDLE, state: 'queued' as const, startedAt: null };
    await this.db.prisma.garbageCollection.updateMany({ where: { id, leaseOwner: owner }, data });
  }

  /** @returns false when another registry has it by now */
  async finish(
    tx: Tx,
    id: string,
    owner: string,
    outcome: GarbageReport | { readonly error: string },
  ): Promise<boolean> {
    const end = { ...IDLE, finishedAt: new Date() };
    const data =
      'error' in outcome
        ? { ...end, state: 'failed' as const, error: outcome.error }
        : { ...end, state: 'done' as const, report: outcome };
    const { count } = await tx.garbageCollection.updateMany({ where: { id, leaseOwner: owner }, data });
    await tx.garbageCandidate.deleteMany({ where: { collectionId: id } });
    return count === 1;
  }
}

const toCollection = (row: Prisma.GarbageCollectionGetPayload<object>): GarbageCollection => ({
  id: row.id,
  state: row.state,
  dryRun: row.dryRun,
  minAgeSeconds: row.minAgeSeconds,
  requestedBy: row.requestedBy,
  report: garbageReportSchema.nullable().parse(row.report),
  error: row.error,
  createdAt: row.createdAt.toISOString(),
  startedAt: row.startedAt?.toISOString() ?? null,
  finishedAt: row.finishedAt?.toISOString() ?? null,
});
