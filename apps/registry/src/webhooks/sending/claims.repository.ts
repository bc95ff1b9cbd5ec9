import { randomUUID } from 'node:crypto';
import type { WebhookSigning } from '@kernelcast/contracts';
import { Database, type Tx } from '@kernelcast/database';
import { Injectable } from '@nestjs/common';
import type { AttemptRecord } from './attempt-record.js';
import type { Verdict } from './verdict.js';

/** A delivery that is ours to send. */
export interface ClaimedDelivery {
  readonly id: string;
  readonly webhookId: string;
  readonly projectId: string;
  readonly eventId: string;
  readonly claim: string;
  /** Number of the attempt. */
  readonly attempts: number;
  readonly step: number;
  readonly payload: string;
  readonly url: string;
  readonly signing: WebhookSigning;
  readonly sealedSecret: Uint8Array;
  /** Null when no older secret signs any more. */
  readonly sealedPreviousSecret: Uint8Array | null;
  readonly failingSince: Date | null;
}

export interface ClaimOptions {
  /** How many a webhook may have at once. */
  readonly perWebhook: number;
  /** Webhooks that have as many already. */
  readonly busy: readonly string[];
  /** Milliseconds after which a sender that does not come back is taken for dead. */
  readonly leaseMs: number;
}

@Injectable()
export class ClaimsRepository {
  constructor(private readonly db: Database) {}

  /** Takes what is due, webhook by webhook, passing over what other senders are taking. */
  async claim({ perWebhook, busy, leaseMs }: ClaimOptions): Promise<ClaimedDelivery[]> {
    const token = randomUUID();
    return this.db.prisma.$queryRaw<ClaimedDelivery[]>`
      WITH due AS (
        SELECT d.id FROM webhooks w CROSS JOIN LATERAL (
          SELECT id FROM webhook_deliveries
          WHERE webhook_id = w.id AND state = 'pending' AND next_attempt_at <= now()
          ORDER BY next_attempt_at, id LIMIT ${perWebhook} FOR UPDATE SKIP LOCKED
        ) d
        WHERE w.enabled AND NOT w.id = ANY(${busy}::text[]) AND (w.quiet_until IS NULL OR w.quiet_until <= now())
      )
      UPDATE webhook_deliveries d
      SET claim = ${token}, attempts = d.attempts + 1, step = d.step + 1,
        next_attempt_at = now() + ${leaseMs} * interval '1 millisecond'
      FROM due, webhooks w, webhook_events e
      WHERE d.id = due.id AND w.id = d.webhook_id AND e.id = d.event_id
      RETURNING d.id, d.webhook_id AS "webhookId", w.project_id AS "projectId", d.event_id AS "eventId", d.claim, d.attempts, d.step, e.payload,
        w.url, w.signing, w.sealed_secret AS "sealedSecret", w.failing_since AS "failingSince",
        CASE WHEN w.previous_secret_until > now() THEN w.sealed_previous_secret END AS "sealedPreviousSecret"`;
  }

  /** Notes an attempt and what it means. @returns false when another sender has the delivery by now */
  async settle(tx: Tx, delivery: ClaimedDelivery, record: AttemptRecord, verdict: Verdict): Promise<boolean> {
    const finished = { state: verdict.kind, nextAttemptAt: null, finishedAt: new Date() };
    const settled =
      verdict.kind === 'retry'
        ? { state: 'pending' as const, nextAttemptAt: verdict.at }
        : { ...finished, state: verdict.kind };
    const { count } = await tx.webhookDelivery.updateMany({
      where: { id: delivery.id, claim: delivery.claim },
      data: { ...settled, claim: null },
    });
    if (count === 0) return false;
    await tx.webhookAttempt.create({ data: { ...record, deliveryId: delivery.id, number: delivery.attempts } });
    await this.noteHealth(tx, delivery.webhookId, verdict);
    return true;
  }

  /** Gives a delivery back that was broken off by ourselves, as if it had not been tried. */
  async release({ id, claim }: ClaimedDelivery): Promise<void> {
    await this.db.prisma.webhookDelivery.updateMany({
      where: { id, claim },
      data: { claim: null, attempts: { decrement: 1 }, step: { decrement: 1 }, nextAttemptAt: new Date() },
    });
  }

  /** @returns whether it was enabled until now */
  async disable(tx: Tx, webhookId: string, reason: 'gone' | 'failing'): Promise<boolean> {
    const data = { enabled: false, disabledReason: reason, updatedAt: new Date() };
    return (await tx.webhook.updateMany({ where: { id: webhookId, enabled: true }, data })).count === 1;
  }

  private async noteHealth(tx: Tx, id: string, verdict: Verdict): Promise<void> {
    if (verdict.kind === 'delivered') {
      await tx.webhook.updateMany({ where: { id, failingSince: { not: null } }, data: { failingSince: null } });
      return;
    }
    await tx.webhook.updateMany({ where: { id, failingSince: null }, data: { failingSince: new Date() } });
    if (verdict.kind === 'retry' && verdict.quietUntil)
      await tx.webhook.updateMany({ where: { id }, data: { quietUntil: verdict.quietUntil } });
  }
}
