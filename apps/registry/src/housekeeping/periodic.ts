import { Logger } from '@nestjs/common';

export interface PeriodicOptions {
  /** Whose work it is, in the log. */
  readonly name: string;
  readonly intervalMs: number;
  readonly work: () => Promise<unknown>;
  /** What a fault means, in the log: `expired rows stay for now`. */
  readonly onFault: string;
}

/**
 * Runs something every so often, one run at a time: what is due meanwhile is left out. A run that fails is logged, and
 * the next one tries again.
 */
export class Periodic {
  private readonly logger: Logger;
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> | undefined;

  constructor(private readonly options: PeriodicOptions) {
    this.logger = new Logger(options.name);
  }

  /** Runs now, which the returned promise waits for, and then after every interval. */
  start(): Promise<void> {
    this.timer = setInterval(() => void this.run(), this.options.intervalMs);
    this.timer.unref();
    return this.run();
  }

  /** Waits for the run at hand; there is none after it. */
  async stop(): Promise<void> {
    clearInterval(this.timer);
    await this.running;
  }

  /** Runs once more, now, unless a run is at hand. */
  run(): Promise<void> {
    this.running ??= this.runOnce().finally(() => (this.running = undefined));
    return this.running;
  }

  private async runOnce(): Promise<void> {
    const { work, onFault } = this.options;
    try {
      await work();
    } catch (error) {
      this.logger.warn(`${onFault}: ${String(error)}`);
    }
  }
}
