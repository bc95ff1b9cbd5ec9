import { Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { Periodic } from '../../housekeeping/periodic.js';
import { ClaimsRepository, type ClaimedDelivery } from './claims.repository.js';
import { WebhookSender } from './webhook-sender.service.js';

/** Milliseconds between two looks for what is due. */
const INTERVAL_MS = 1_000;
/** Requests to one webhook at a time, from one registry. */
const PER_WEBHOOK = 4;
/** Longer than a request may last, with room for the database. */
const LEASE_MS = 60_000;

/**
 * Sends what webhooks are to be told. Any number of registries may do so. Each webhook has connections of its own and
 * takes none of another one's: a slow receiver delays nothing but its own events.
 */
@Injectable()
export class Dispatcher implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger(Dispatcher.name);
  private readonly underWay = new Map<string, number>();
  private readonly sends = new Set<Promise<void>>();
  private readonly stopping = new AbortController();
  private readonly looking = new Periodic({
    name: Dispatcher.name,
    intervalMs: INTERVAL_MS,
    work: () => this.look(),
    onFault: 'events wait for now',
  });

  constructor(
    private readonly claims: ClaimsRepository,
    private readonly sender: WebhookSender,
  ) {}

  onApplicationBootstrap(): Promise<void> {
    return this.looking.start();
  }

  async onModuleDestroy(): Promise<void> {
    this.stopping.abort();
    await this.looking.stop();
    await Promise.all(this.sends);
  }

  /** There is something to send: look now. */
  wake(): void {
    void this.looking.run();
  }

  private async look(): Promise<void> {
    if (this.stopping.signal.aborted) return;
    const busy = [...this.underWay].filter(([, count]) => count >= PER_WEBHOOK).map(([id]) => id);
    const due = await this.claims.claim({ perWebhook: PER_WEBHOOK, busy, leaseMs: LEASE_MS });
    for (const delivery of due) this.begin(delivery);
  }

  private begin(delivery: ClaimedDelivery): void {
    this.count(delivery.webhookId, 1);
    const sending = this.sender
      .send(delivery, this.stopping.signal)
      // The delivery is due again when its claim runs out.
      .catch((error: unknown) => this.logger.warn(`${delivery.id} could not be settled: ${String(error)}`))
      .finally(() => {
        this.count(delivery.webhookId, -1);
        this.sends.delete(sending);
        if (!this.stopping.signal.aborted) this.wake();
      });
    this.sends.add(sending);
  }

  private count(webhookId: string, change: 1 | -1): void {
    const count = (this.underWay.get(webhookId) ?? 0) + change;
    if (count === 0) this.underWay.delete(webhookId);
    else this.underWay.set(webhookId, count);
  }
}
