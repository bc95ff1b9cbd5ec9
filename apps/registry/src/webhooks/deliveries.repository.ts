import type {
  listDeliveriesQuerySchema,
  WebhookAttempt,
  WebhookDelivery,
  WebhookDeliveryDetail,
  WebhookEventType,
} from '@kernelcast/contracts';
import { Database, type Prisma, type Tx } from '@kernelcast/database';
import { Injectable } from '@nestjs/common';
import type { z } from 'zod';
import { afterCursor, newestFirst } from '../paging/paging.js';

export interface DeliveryReference {
  readonly webhookId: string;
  readonly id: string;
}

const withEvent = { event: { select: { type: true } } } as const;
type Row = Prisma.WebhookDeliveryGetPayload<{ include: typeof withEvent }>;

/** Deliveries and their events are kept for this long after they were made. */
const RETENTION_MS = 30 * 86_400_000;

@Injectable()
export class DeliveriesRepository {
  constructor(private readonly db: Database) {}

  async list(webhookId: string, query: z.infer<typeof listDeliveriesQuerySchema>): Promise<WebhookDelivery[]> {
    const where = { webhookId, state: query.state, ...afterCursor(query) };
    const rows = await this.db.prisma.webhookDelivery.findMany({ where, include: withEvent, ...newestFirst(query) });
    return rows.map(toDelivery);
  }

  async find({ webhookId, id }: DeliveryReference, tx: Tx = this.db.prisma): Promise<WebhookDelivery | null> {
    const row = await tx.webhookDelivery.findFirst({ where: { id, webhookId }, include: withEvent });
    return row && toDelivery(row);
  }

  async findDetail({ webhookId, id }: DeliveryReference): Promise<WebhookDeliveryDetail | null> {
    const row = await this.db.prisma.webhookDelivery.findFirst({
      where: { id, webhookId },
      include: { event: true, log: { orderBy: { number: 'asc' } } },
    });
    return row && { ...toDelivery(row), payload: row.event.payload, log: row.log.map(toAttempt) };
  }

  /** Makes a finished delivery due again, from the start of the schedule. @returns whether it was finished */
  async restart(tx: Tx, { webhookId, id }: DeliveryReference): Promise<boolean> {
    const { count } = await tx.webhookDelivery.updateMany({
      where: { id, webhookId, state: { not: 'pending' } },
      data: { state: 'pending', step: 0, nextAttemptAt: new Date(), finishedAt: null },
    });
    return count === 1;
  }

  /** Removes events that are too old to be of use, with their deliveries. */
  async prune(): Promise<void> {
    const createdAt = { lt: new Date(Date.now() - RETENTION_MS) };
    await this.db.prisma.webhookEvent.deleteMany({ where: { createdAt } });
  }
}

const toDelivery = ({ event, ...row }: Row): WebhookDelivery => ({
  id: row.id,
  webhookId: row.webhookId,
  eventId: row.eventId,
  eventType: event.type as WebhookEventType,
  state: row.state,
  attempts: row.attempts,
  nextAttemptAt: row.nextAttemptAt?.toISOString() ?? null,
  createdAt: row.createdAt.toISOString(),
  finishedAt: row.finishedAt?.toISOString() ?? null,
});

const toAttempt = (row: Prisma.WebhookAttemptGetPayload<object>): WebhookAttempt => ({
  number: row.number,
  at: row.at.toISOString(),
  durationMs: row.durationMs,
  status: row.status,
  error: row.error,
  requestHead: row.requestHead as WebhookAttempt['requestHead'],
  responseHead: row.responseHead as WebhookAttempt['responseHead'],
  responseBody: row.responseBody,
});
