import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { IdempotencyRepository } from '../changes/idempotency.repository.js';
import { IdentityCleaning } from '../identity/identity-cleaning.service.js';
import { TrainersRepository } from '../trainers/trainers.repository.js';
import { DeliveriesRepository } from '../webhooks/deliveries.repository.js';
import { Periodic } from './periodic.js';

const INTERVAL_MS = 3_600_000;

/** Removes what has expired. Any number of replicas may do so. */
@Injectable()
export class Housekeeping implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly cleaning = new Periodic({
    name: Housekeeping.name,
    intervalMs: INTERVAL_MS,
    work: () => this.clean(),
    onFault: 'expired rows stay for now',
  });

  constructor(
    private readonly identity: IdentityCleaning,
    private readonly answers: IdempotencyRepository,
    private readonly trainers: TrainersRepository,
    private readonly deliveries: DeliveriesRepository,
  ) {}

  onApplicationBootstrap(): Promise<void> {
    return this.cleaning.start();
  }

  onModuleDestroy(): Promise<void> {
    return this.cleaning.stop();
  }

  private async clean(): Promise<void> {
    await this.identity.clean();
    await this.answers.deleteExpired();
    await this.trainers.prune();
    await this.deliveries.prune();
  }
}
