import { Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { IdempotencyRepository } from '../changes/idempotency.repository.js';
import { SessionsRepository } from '../identity/sessions.repository.js';
import { TrainersRepository } from '../trainers/trainers.repository.js';

const INTERVAL_MS = 3_600_000;

/** Removes what has expired. Any number of replicas may do so. */
@Injectable()
export class Housekeeping implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger(Housekeeping.name);
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly sessions: SessionsRepository,
    private readonly answers: IdempotencyRepository,
    private readonly trainers: TrainersRepository,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    this.timer = setInterval(() => void this.clean(), INTERVAL_MS);
    this.timer.unref();
    await this.clean();
  }

  onModuleDestroy(): void {
    clearInterval(this.timer);
  }

  private async clean(): Promise<void> {
    try {
      await this.sessions.deleteExpired();
      await this.answers.deleteExpired();
      await this.trainers.prune();
    } catch (error) {
      this.logger.warn(`expired rows stay for now: ${String(error)}`);
    }
  }
}
