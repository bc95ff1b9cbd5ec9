import type { BaseNetworkReport, Digest } from '@kernelcast/contracts';
import { Database, type Tx } from '@kernelcast/database';
import { Injectable } from '@nestjs/common';

/** A base network that has to be run, leased to one registry. */
export interface BaseValidationTask {
  readonly id: string;
  readonly projectId: string | null;
  readonly graphDigest: Digest;
  readonly weightsDigest: Digest;
  /** Counting this one. */
  readonly attempts: number;
}

/** Base networks that wait to be run, shared out between any number of registries by leases. */
@Injectable()
export class BaseValidationRepository {
  constructor(private readonly db: Database) {}

  /** Leases the oldest that nobody works at. */
  async claim(owner: string, leaseMs: number): Promise<BaseValidationTask | null> {
    const [row] = await this.db.prisma.$queryRaw<BaseValidationTask[]>`
      UPDATE base_networks
      SET lease_owner = ${owner}, lease_until = now() + ${leaseMs} * interval '1 millisecond', attempts = attempts + 1
      WHERE id = (
        SELECT id FROM base_networks
        WHERE state = 'validating' AND (lease_until IS NULL OR lease_until < now())
        ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED)
      RETURNING id, project_id AS "projectId", graph_digest AS "graphDigest", weights_digest AS "weightsDigest",
        attempts`;
    return row ?? null;
  }

  /** @returns false when the lease is another's by now */
  async renew({ id }: Pick<BaseValidationTask, 'id'>, owner: string, leaseMs: number): Promise<boolean> {
    const count = await this.db.prisma.$executeRaw`
      UPDATE base_networks SET lease_until = now() + ${leaseMs} * interval '1 millisecond'
      WHERE id = ${id} AND lease_owner = ${owner} AND state = 'validating'`;
    return count === 1;
  }

  /** Hands one back, to be tried again at once: this try does not count. */
  async release({ id }: Pick<BaseValidationTask, 'id'>, owner: string): Promise<void> {
    await this.db.prisma.baseNetwork.updateMany({
      where: { id, leaseOwner: owner, state: 'validating' },
      data: { leaseOwner: null, leaseUntil: null, attempts: { decrement: 1 } },
    });
  }

  /** @returns false when the lease is another's by now: then nothing is written */
  async settle(tx: Tx, owner: string, { id, report }: { id: string; report: BaseNetworkReport }): Promise<boolean> {
    const isGood = report.findings.every(({ severity }) => severity !== 'error');
    const { count } = await tx.baseNetwork.updateMany({
      where: { id, leaseOwner: owner, state: 'validating' },
      data: {
        state: isGood ? 'active' : 'invalid',
        report,
        validatedAt: new Date(),
        leaseOwner: null,
        leaseUntil: null,
      },
    });
    return count === 1;
  }

  /** Whether it is still to be run. */
  async isWaiting(id: string): Promise<boolean> {
    const row = await this.db.prisma.baseNetwork.findUnique({ where: { id }, select: { state: true } });
    return row?.state === 'validating';
  }
}
