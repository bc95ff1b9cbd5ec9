import { createHmac } from 'node:crypto';
import { Database, recordWebhookEvent, type Announcement, type Tx } from '@kernelcast/database';
import { AppError } from '@kernelcast/platform';
import { openSecret, sealSecret } from '@kernelcast/trust/node';
import { Inject, Injectable } from '@nestjs/common';
import { MASTER_KEY } from '../config/registry.config.js';
import type { Author, Idempotency } from './actor.js';
import type { AuditEntry } from './audit-chain.js';
import { AuditRepository } from './audit.repository.js';
import { redact } from './redact.js';
import { IdempotencyRepository, type KeptAnswer } from './idempotency.repository.js';
import { Turns } from './turns.js';

/** What a change did, for the one who asked and for the audit log. */
export interface Change<T> {
  /** The answer, as JSON can hold it. */
  readonly result: T;
  /** Left out when it turned out that nothing had to change. */
  readonly audit?: Pick<AuditEntry, 'action' | 'resource'> & {
    /** Where it is not the project that the author acts in. */
    readonly projectId?: string | null;
    readonly before?: unknown;
    readonly after?: unknown;
  };
  /** What webhooks are told of it. */
  readonly events?: readonly Announcement[];
}

/** Runs changes: each is one transaction together with its audit entry and the answer kept for its idempotency key. */
@Injectable()
export class Changes {
  private readonly turns = new Turns();

  constructor(
    private readonly db: Database,
    private readonly audit: AuditRepository,
    private readonly answers: IdempotencyRepository,
    @Inject(MASTER_KEY) private readonly masterKey: Uint8Array,
  ) {}

  /**
   * @param work does all its checks and writes by `tx` and touches nothing else: it may run again after a conflict,
   *   and does not run at all when the request was answered before.
   * @throws AppError `idempotency_mismatch` when the key was used with another body, and whatever `work` throws.
   */
  async commit<T>(actor: Author, work: (tx: Tx) => Promise<Change<T>>): Promise<T> {
    const idempotency = actor.idempotency && this.keyed(actor.idempotency);
    if (!idempotency) return this.run(actor, undefined, work);
    return this.turns.take(contextOf(actor, idempotency), async () => {
      const kept = await this.answers.find(actor, idempotency);
      return kept ? this.answerAgain<T>(kept, actor, idempotency) : this.run(actor, idempotency, work);
    });
  }

  private run<T>(
    actor: Author,
    idempotency: Idempotency | undefined,
    work: (tx: Tx) => Promise<Change<T>>,
  ): Promise<T> {
    return this.db.transaction(async (tx) => {
      const kept = idempotency && (await this.answers.claim(tx, actor, idempotency));
      if (kept) return this.answerAgain<T>(kept, actor, idempotency);
      const { result, audit, events = [] } = await work(tx);
      for (const event of events) await recordWebhookEvent(tx, event);
      if (idempotency) await this.answers.keep(tx, actor, idempotency, this.seal(result, actor, idempotency));
      if (audit) await this.audit.append(tx, toEntry(audit, actor));
      return result;
    });
  }

  /** A body may hold a password, which could be guessed from a hash that anybody can compute. */
  private keyed({ fingerprint, ...use }: Idempotency): Idempotency {
    return { ...use, fingerprint: createHmac('sha256', this.masterKey).update(fingerprint).digest('hex') };
  }

  private answerAgain<T>(kept: KeptAnswer, actor: Author, use: Idempotency): T {
    if (kept.fingerprint !== use.fingerprint) {
      throw new AppError('idempotency_mismatch', `Idempotency-Key "${use.key}" was used with another body`);
    }
    use.replayed?.();
    const opened = openSecret(Buffer.from(kept.sealed, 'base64url'), this.masterKey, contextOf(actor, use));
    return JSON.parse(new TextDecoder().decode(opened)) as T;
  }

  /** Sealed, since an answer may show a new secret of which the database otherwise keeps only the hash. */
  private seal(result: unknown, actor: Author, use: Idempotency): string {
    const text = new TextEncoder().encode(JSON.stringify(result ?? null));
    return Buffer.from(sealSecret(text, this.masterKey, contextOf(actor, use))).toString('base64url');
  }
}

const contextOf = ({ id, projectId }: Author, { route, key }: Idempotency): string =>
  `idempotency:${projectId ?? ''}:${id}:${route}:${key}`;

const toEntry = (audit: NonNullable<Change<unknown>['audit']>, { id, projectId, requestId }: Author): AuditEntry => ({
  projectId,
  ...audit,
  before: redact(audit.before),
  after: redact(audit.after),
  at: new Date(),
  actor: id,
  requestId,
});
