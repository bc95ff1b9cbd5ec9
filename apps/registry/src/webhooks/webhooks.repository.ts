import type { PageQuery, updateWebhookSchema, Webhook } from '@kernelcast/contracts';
import { Database, type Tx } from '@kernelcast/database';
import { Injectable } from '@nestjs/common';
import type { z } from 'zod';
import type { Owned } from '../projects/project-access.js';
import { afterCursor, newestFirst } from '../paging/paging.js';
import { toWebhook, type NewSecret } from './webhook-settings.js';

export type NewWebhook = Pick<Webhook, 'id' | 'url' | 'description' | 'eventTypes' | 'signing'> &
  Owned & { readonly secret: NewSecret };
export type WebhookReference = Owned & { readonly id: string };
type Changes = z.infer<typeof updateWebhookSchema>;

/** Arbitrary, but the same in every process: makes counting and creating one step. */
const COUNT_LOCK = 7_264_002;

@Injectable()
export class WebhooksRepository {
  constructor(private readonly db: Database) {}

  /** How many there are; nobody creates another one until the transaction ends. */
  async count(tx: Tx): Promise<number> {
    await tx.$executeRaw`SELECT pg_advisory_xact_lock(${COUNT_LOCK})`;
    return tx.webhook.count();
  }

  async create(tx: Tx, { secret, ...settings }: NewWebhook): Promise<Webhook> {
    const { sealed: sealedSecret, publicKey } = secret;
    return toWebhook(await tx.webhook.create({ data: { ...settings, sealedSecret, publicKey } }));
  }

  async list(projectId: string, query: PageQuery): Promise<Webhook[]> {
    const where = { projectId, ...afterCursor(query) };
    const rows = await this.db.prisma.webhook.findMany({ where, ...newestFirst(query) });
    return rows.map(toWebhook);
  }

  async find({ id, projectId }: WebhookReference, tx: Tx = this.db.prisma): Promise<Webhook | null> {
    const row = await tx.webhook.findFirst({ where: { id, projectId } });
    return row && toWebhook(row);
  }

  /** Holds a webhook as it is until the transaction ends. */
  async lock(tx: Tx, reference: WebhookReference): Promise<Webhook | null> {
    await tx.$queryRaw`SELECT id FROM webhooks WHERE id = ${reference.id} FOR UPDATE`;
    return this.find(reference, tx);
  }

  /** Enabling forgets earlier failures: the receiver is given the whole time again. */
  async update(tx: Tx, id: string, { enabled, ...changes }: Changes): Promise<Webhook> {
    const disabled = { enabled: false, disabledReason: 'requested' };
    const working = { enabled: true, disabledReason: null, failingSince: null, quietUntil: null };
    const state = enabled === undefined ? {} : enabled ? working : disabled;
    return toWebhook(await tx.webhook.update({ where: { id }, data: { ...changes, ...state, updatedAt: new Date() } }));
  }

  /** Another secret signs from now on, and the one before with it until `overlapUntil`. */
  async rotate(tx: Tx, id: string, { sealed, publicKey }: NewSecret, overlapUntil: Date | null): Promise<Webhook> {
    const { sealedSecret } = await tx.webhook.findUniqueOrThrow({ where: { id } });
    const previous = {
      sealedPreviousSecret: overlapUntil && sealedSecret,
      previousSecretUntil: overlapUntil,
    };
    const data = { sealedSecret: sealed, publicKey, ...previous, updatedAt: new Date() };
    return toWebhook(await tx.webhook.update({ where: { id }, data }));
  }

  async delete(tx: Tx, id: string): Promise<void> {
    await tx.webhook.delete({ where: { id } });
  }
}
