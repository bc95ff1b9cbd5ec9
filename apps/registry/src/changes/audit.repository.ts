import type { Tx } from '@kernelcast/database';
import { Injectable } from '@nestjs/common';
import { chainText, type AuditEntry } from './audit-chain.js';

@Injectable()
export class AuditRepository {
  /**
   * Appends to the chain in the caller's transaction, as its last step: the lock on the chain is held until its end,
   * and nobody who holds it may wait for anything else.
   */
  async append(tx: Tx, entry: AuditEntry): Promise<void> {
    const { head, tail } = chainText(entry);
    await tx.$executeRaw`SELECT append_audit_event(${JSON.stringify(entry)}::jsonb, ${head}, ${tail})`;
  }
}
