import type { Tx } from '@kernelcast/database';
import { Prisma } from '@kernelcast/database';
import { Injectable } from '@nestjs/common';
import { chainHash, CHAIN_START, type AuditEntry } from './audit-chain.js';

/** Arbitrary, but the same in every process: entries of the chain are appended one at a time. */
const CHAIN_LOCK = 7_264_001;

/** Entries hold what JSON can hold; a column without a value is SQL's null, not JSON's. */
const asJson = (value: unknown) => (value === null ? Prisma.DbNull : (value as Prisma.InputJsonValue));

@Injectable()
export class AuditRepository {
  /**
   * Appends to the chain in the caller's transaction, as its last step: the lock on the chain is held until its end,
   * and nobody who holds it may wait for anything else.
   */
  async append(tx: Tx, entry: AuditEntry): Promise<void> {
    await tx.$executeRaw`SELECT pg_advisory_xact_lock(${CHAIN_LOCK})`;
    const last = await tx.auditEvent.findFirst({ orderBy: { seq: 'desc' }, select: { hash: true } });
    const hash = chainHash(last?.hash ?? CHAIN_START, entry);
    await tx.auditEvent.create({ data: { ...entry, before: asJson(entry.before), after: asJson(entry.after), hash } });
  }
}
