import { Database, type Tx } from '@kernelcast/database';
import { Injectable } from '@nestjs/common';
import type { Author, Idempotency } from './actor.js';

/** A client retries within minutes; a day leaves room for queued retries of CI jobs. */
const LIFETIME_MS = 24 * 3600 * 1000;

/** An answer kept for a key. `sealed` is empty while the first request is still under way, unseen by others. */
export interface KeptAnswer {
  readonly fingerprint: string;
  readonly sealed: string;
}

@Injectable()
export class IdempotencyRepository {
  constructor(private readonly db: Database) {}

  /** @returns the answer kept for the key; undefined when it was not used before, or is in use at this moment. */
  async find(actor: Author, use: Idempotency): Promise<KeptAnswer | undefined> {
    const where = { ...idOf(actor, use), createdAt: { gte: this.oldest() } };
    const kept = await this.db.prisma.idempotencyKey.findFirst({ where });
    return kept ? { fingerprint: kept.requestHash, sealed: String(kept.response) } : undefined;
  }

  /**
   * Claims a key for the rest of the transaction; waits for another transaction that has claimed it.
   * @returns the answer kept for the key when it was used before.
   */
  async claim(tx: Tx, actor: Author, use: Idempotency): Promise<KeptAnswer | undefined> {
    const id = idOf(actor, use);
    await tx.idempotencyKey.deleteMany({ where: { ...id, createdAt: { lt: this.oldest() } } });
    const { count } = await tx.idempotencyKey.createMany({
      data: [{ ...id, requestHash: use.fingerprint, status: 0, response: '' }],
      skipDuplicates: true,
    });
    if (count === 1) return undefined;
    const kept = await tx.idempotencyKey.findUniqueOrThrow({ where: { projectId_principal_route_key: id } });
    return { fingerprint: kept.requestHash, sealed: String(kept.response) };
  }

  async keep(tx: Tx, actor: Author, use: Idempotency, sealed: string): Promise<void> {
    await tx.idempotencyKey.update({
      where: { projectId_principal_route_key: idOf(actor, use) },
      data: { response: sealed },
    });
  }

  async deleteExpired(): Promise<void> {
    await this.db.prisma.idempotencyKey.deleteMany({ where: { createdAt: { lt: this.oldest() } } });
  }

  private oldest(): Date {
    return new Date(Date.now() - LIFETIME_MS);
  }
}

const idOf = ({ id, projectId }: Author, { route, key }: Idempotency) => ({
  projectId: projectId ?? '',
  principal: id,
  route,
  key,
});
