import { Prisma, type Database, type Tx } from '@kernelcast/database';
import type { Logger } from '@kernelcast/platform';
import type { QueueDefinition } from '../queue-definition.js';
import type { QueueSystem } from '../queue-system.js';

export interface OutboxRelayOptions {
  readonly database: Database;
  readonly queues: QueueSystem;
  /** The queues whose messages this relay knows; rows of others are left to a newer relay. */
  readonly definitions: readonly QueueDefinition<unknown>[];
  readonly logger: Logger;
  readonly pollMs?: number;
}

interface OutboxRow {
  readonly id: bigint;
  readonly queue: string;
  readonly messageId: string;
  readonly payload: unknown;
  readonly priority: number;
}

const DEFAULT_POLL_MS = 250;
/** After a failure the relay waits longer and longer, up to this. */
const MAX_PAUSE_MS = 5_000;
const BATCH = 50;
/** Sent rows are kept for a while, for people who look for the cause of something. */
const RETENTION_MS = 7 * 24 * 3_600_000;
const PRUNE_EVERY_MS = 3_600_000;

/**
 * Brings the outbox to the queues, at least once and in the order of writing. Several relays may run: each takes rows
 * that no other holds. A row is marked as sent only after the queue has it.
 */
export class OutboxRelay {
  private readonly options: OutboxRelayOptions;
  private readonly definitions: ReadonlyMap<string, QueueDefinition<unknown>>;
  /** Rows that the queue refuses for good; they stay in the table for people to look at, without holding up others. */
  private readonly refused = new Set<bigint>();
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> = Promise.resolve();
  private stopped = true;
  private failures = 0;
  private prunedAt = 0;

  constructor(options: OutboxRelayOptions) {
    this.options = options;
    this.definitions = new Map(options.definitions.map((definition) => [definition.name, definition]));
  }

  start(): void {
    this.stopped = false;
    this.schedule(0);
  }

  /** Looks now, instead of at the next poll: called after a transaction that wrote to the outbox. */
  kick(): void {
    if (!this.stopped && this.failures === 0) this.schedule(0);
  }

  /** Ends after the batch at hand. */
  async stop(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    await this.running;
  }

  /** Relays what is due, one batch. Returns how many messages were sent. */
  async relayBatch(): Promise<number> {
    return this.options.database.transaction(async (tx) => {
      const rows = await this.claim(tx);
      const sent: bigint[] = [];
      for (const definition of this.definitions.values())
        sent.push(
          ...(await this.send(
            definition,
            rows.filter(({ queue }) => queue === definition.name),
          )),
        );
      if (sent.length > 0)
        await tx.outboxMessage.updateMany({ where: { id: { in: sent } }, data: { sentAt: new Date() } });
      return sent.length;
    });
  }

  private schedule(delayMs: number): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.running = this.running.then(() => this.turn());
    }, delayMs);
  }

  private async turn(): Promise<void> {
    if (this.stopped) return;
    const pollMs = this.options.pollMs ?? DEFAULT_POLL_MS;
    try {
      while ((await this.relayBatch()) === BATCH && !this.stopped);
      await this.prune();
      this.failures = 0;
    } catch (error) {
      if (this.failures++ === 0) this.options.logger.warn({ err: error }, 'outbox cannot be relayed; trying again');
    }
    if (!this.stopped) this.schedule(Math.min(pollMs * 2 ** Math.min(this.failures, 10), MAX_PAUSE_MS));
  }

  private claim(tx: Tx): Promise<OutboxRow[]> {
    const names = [...this.definitions.keys()];
    return tx.$queryRaw<OutboxRow[]>(Prisma.sql`
      SELECT "id", "queue", "message_id" AS "messageId", "payload", "priority" FROM "outbox_messages"
      WHERE "sent_at" IS NULL AND "queue" = ANY(${names}) AND "id" <> ALL(${[...this.refused]}::bigint[])
      ORDER BY "created_at", "id" LIMIT ${BATCH} FOR UPDATE SKIP LOCKED`);
  }

  /** Sends what a queue can take now, in the order of writing. @returns the ids of those rows */
  private async send(definition: QueueDefinition<unknown>, rows: readonly OutboxRow[]): Promise<bigint[]> {
    const valid = rows.filter((row) => this.isValid(definition, row));
    const free = await Promise.all(valid.map(({ messageId }) => this.makeRoom(definition, messageId)));
    const ready = valid.filter((_, i) => free[i]);
    await this.options.queues.addAll(
      definition,
      ready.map(({ messageId, payload, priority }) => ({ id: messageId, payload, priority })),
    );
    return ready.map(({ id }) => id);
  }

  private isValid(definition: QueueDefinition<unknown>, { id, queue, messageId, payload }: OutboxRow): boolean {
    const { error } = definition.schema.safeParse(payload);
    if (!error) return true;
    this.refused.add(id);
    this.options.logger.error({ queue, message: messageId, err: error }, 'outbox message is not valid');
    return false;
  }

  /**
   * `false` when a message must wait: while a job of the same id is still being worked on, the queue would take the
   * message for a duplicate and it would be lost. One that waits gives way: the new one has its own place and priority.
   */
  private async makeRoom(definition: QueueDefinition<unknown>, messageId: string): Promise<boolean> {
    const { queues } = this.options;
    const state = await queues.state(definition, messageId);
    return state === 'absent' || (state === 'waiting' && (await queues.remove(definition, messageId)));
  }

  private async prune(): Promise<void> {
    const now = Date.now();
    if (now - this.prunedAt < PRUNE_EVERY_MS) return;
    this.prunedAt = now;
    const before = new Date(now - RETENTION_MS);
    await this.options.database.prisma.outboxMessage.deleteMany({ where: { sentAt: { lt: before } } });
  }
}
