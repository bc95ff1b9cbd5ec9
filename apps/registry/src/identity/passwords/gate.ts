import { AppError } from '@kernelcast/platform';

interface GateOptions {
  /** How many run at once. */
  readonly concurrency: number;
  /** How many may wait; more are turned away. */
  readonly waiting: number;
}

/** Lets a few through at a time, and some wait: what costs memory or threads cannot be made to take them all. */
export class Gate {
  private running = 0;
  private readonly line: (() => void)[] = [];

  constructor(private readonly options: GateOptions) {}

  /** @throws AppError `too_many_requests` when too many wait already, and whatever `work` throws. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    await this.enter();
    try {
      return await work();
    } finally {
      this.leave();
    }
  }

  private async enter(): Promise<void> {
    if (this.running < this.options.concurrency) {
      this.running += 1;
      return;
    }
    if (this.line.length >= this.options.waiting) throw new AppError('too_many_requests', 'Too many logins at once');
    await new Promise<void>((resolve) => this.line.push(resolve));
  }

  /** Hands the place on to who waits longest, or frees it. */
  private leave(): void {
    const next = this.line.shift();
    if (next) next();
    else this.running -= 1;
  }
}
