import { Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { RolloutProgressService } from './rollout-progress.service.js';

/** Milliseconds between two looks at the running rollouts, for those that nobody watches. */
const INTERVAL_MS = 2_000;

@Injectable()
export class RolloutClock implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger(RolloutClock.name);
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> = Promise.resolve();
  private stopped = false;

  constructor(private readonly progress: RolloutProgressService) {}

  onApplicationBootstrap(): void {
    this.schedule();
  }

  async onModuleDestroy(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    await this.running;
  }

  private schedule(): void {
    if (this.stopped) return;
    this.timer = setTimeout(() => {
      this.running = this.tick();
    }, INTERVAL_MS);
    this.timer.unref();
  }

  private async tick(): Promise<void> {
    try {
      await this.progress.moveAllOn();
    } catch (error) {
      // The database may be away for a while; the next look is soon.
      this.logger.warn(`running rollouts could not be looked at: ${String(error)}`);
    }
    this.schedule();
  }
}
