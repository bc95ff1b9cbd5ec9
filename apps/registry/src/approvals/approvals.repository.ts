import type { Approval, ApprovalRequest, ListApprovalsQuery, Page, VersionState } from '@kernelcast/contracts';
import { Database, newId, Prisma, type Tx } from '@kernelcast/database';
import { Injectable } from '@nestjs/common';
import { createdWithin, oneOf, readPage, type Listing } from '../paging/keyset.js';
import { ownedBy, referredIds } from '../paging/references.js';
import { REQUEST_PARTS, toRequest } from './approval-request.mapper.js';

interface NewApproval {
  readonly person: string;
  /** Id of the credential. */
  readonly actor: string;
  readonly name: string;
  readonly comment: string;
  readonly override: Approval['override'];
}

const REQUESTS: Listing<'createdAt'> = {
  name: 'approvals',
  from: Prisma.sql`modulator_versions`,
  id: Prisma.sql`id`,
  sorts: { createdAt: { column: Prisma.sql`created_at`, type: 'time' } },
};

const STATES: Record<ApprovalRequest['state'], readonly VersionState[]> = {
  waiting: ['registered'],
  rejected: ['rejected'],
  // Whatever became of it afterwards.
  approved: ['approved', 'deprecated', 'quarantined', 'revoked'],
};

@Injectable()
export class ApprovalsRepository {
  constructor(private readonly db: Database) {}

  async list(projectId: string, query: ListApprovalsQuery): Promise<Page<ApprovalRequest>> {
    const request = {
      query,
      scope: [projectId],
      where: [ownedBy(projectId), ...createdWithin(query, Prisma.sql`created_at`)],
      oneOf: [
        oneOf(Prisma.sql`modulator_id`, await this.modulatorsFor(projectId, query.task)),
        oneOf(Prisma.sql`state`, STATES[query.state], Prisma.sql`"VersionState"`),
      ],
    };
    const page = await readPage(this.db.prisma, REQUESTS, request, (ids) => this.read(ids));
    return { ...page, data: page.data.map(({ request: shown }) => shown) };
  }

  /** Each is read for itself, by an index: a condition on the task would be looked up for every version that waits. */
  private async modulatorsFor(projectId: string, task: string | undefined): Promise<string[] | undefined> {
    const tasks = await referredIds(this.db.prisma, { projectId, table: 'tasks' }, task);
    if (tasks === undefined) return undefined;
    const where = { projectId, taskId: { in: tasks } };
    return (await this.db.prisma.modulator.findMany({ where, select: { id: true } })).map(({ id }) => id);
  }

  private async read(ids: string[]): Promise<{ id: string; request: ApprovalRequest }[]> {
    const where = { id: { in: ids } };
    const rows = await this.db.prisma.modulatorVersion.findMany({ where, include: REQUEST_PARTS });
    return rows.map((row) => ({ id: row.id, request: toRequest(row) }));
  }

  async find(id: string, tx: Tx = this.db.prisma): Promise<ApprovalRequest | null> {
    const row = await tx.modulatorVersion.findUnique({ where: { id }, include: REQUEST_PARTS });
    return row && toRequest(row);
  }

  /** Lets nobody else decide on a version until the transaction ends. */
  async lock(tx: Tx, modulatorVersionId: string): Promise<void> {
    await tx.$queryRaw`SELECT 1 FROM modulator_versions WHERE id = ${modulatorVersionId} FOR UPDATE`;
  }

  async give(tx: Tx, modulatorVersionId: string, { override, ...approval }: NewApproval): Promise<void> {
    const overridden = { overrideReason: override?.reason ?? null, overridden: override?.of ?? [] };
    const id = newId('versionApproval');
    await tx.versionApproval.create({ data: { id, modulatorVersionId, ...approval, ...overridden } });
  }

  /** @returns whether the person's approval counted until now */
  async withdraw(tx: Tx, modulatorVersionId: string, person: string): Promise<boolean> {
    const where = { modulatorVersionId, person, withdrawnAt: null };
    const { count } = await tx.versionApproval.updateMany({ where, data: { withdrawnAt: new Date() } });
    return count === 1;
  }
}
