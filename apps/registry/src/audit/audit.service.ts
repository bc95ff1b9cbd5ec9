import type {
  AuditCheckpoint,
  AuditEvent,
  AuditFilter,
  AuditVerification,
  Page,
  PageQuery,
} from '@kernelcast/contracts';
import { AppError } from '@kernelcast/platform';
import { Injectable } from '@nestjs/common';
import type { Actor } from '../changes/actor.js';
import { Changes } from '../changes/changes.service.js';
import { toPage } from '../paging/paging.js';
import { AuditLogRepository, type AuditScope } from './audit-log.repository.js';
import { ChainVerifier } from './chain-verifier.service.js';
import { Checkpoints } from './checkpoints.service.js';

/** Entries of an export that are in memory at a time. */
const EXPORT_PAGE = 500;

@Injectable()
export class AuditService {
  constructor(
    private readonly log: AuditLogRepository,
    private readonly verifier: ChainVerifier,
    private readonly checkpoints: Checkpoints,
    private readonly changes: Changes,
  ) {}

  async list(scope: AuditScope, query: PageQuery & AuditFilter): Promise<Page<AuditEvent>> {
    return toPage(await this.log.list(scope, query), query, ({ seq }) => String(seq));
  }

  /** Lines of JSON, oldest first; what is added meanwhile may or may not be among them. */
  async *export(
    scope: AuditScope,
    { afterSeq: start, ...filter }: AuditFilter & { afterSeq: number },
  ): AsyncGenerator<string> {
    for (let afterSeq = BigInt(start); ;) {
      const page = await this.log.next(scope, filter, { afterSeq, limit: EXPORT_PAGE });
      if (page.length > 0) yield page.map((event) => `${JSON.stringify(event)}\n`).join('');
      const last = page.at(-1);
      if (!last || page.length < EXPORT_PAGE) return;
      afterSeq = BigInt(last.seq);
    }
  }

  /** @throws AppError `validation_failed` when one of `seq` and `hash` is given without the other */
  verify({ seq, hash }: { seq?: number; hash?: string }): Promise<AuditVerification> {
    if (seq === undefined && hash === undefined) return this.verifier.verify();
    if (seq !== undefined && hash !== undefined) return this.verifier.verify({ seq, hash });
    const errors = [{ pointer: '/query', detail: 'seq and hash go together' }];
    throw new AppError('validation_failed', undefined, { errors });
  }

  /** @throws AppError `conflict` when the chain contradicts its last checkpoint */
  createCheckpoint(actor: Actor): Promise<AuditCheckpoint> {
    return this.changes.commit(actor, async () => {
      // Outside of the transaction, and may run again: the same end of the chain has one checkpoint.
      const result = await this.checkpoints.create();
      if (!result) throw new AppError('conflict', 'There is nothing to sign yet');
      return { result };
    });
  }
}
