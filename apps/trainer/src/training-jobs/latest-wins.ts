export interface LatestWinsOptions<T> {
  readonly write: (value: T) => Promise<void>;
  readonly onError: (error: unknown) => void;
  /** Least time between the starts of two writes, in milliseconds. */
  readonly intervalMs?: number;
  /** Gets a value that a newer one replaced before it was written. */
  readonly onSkipped?: (value: T) => void;
}

/**
 * Writes values one at a time, no faster than an interval allows; of the values that arrive meanwhile only the newest
 * is kept. For states of which a later one makes the earlier worthless.
 */
export class LatestWins<T> {
  private pending: { value: T } | undefined;
  private writing: Promise<void> | undefined;
  private timer: NodeJS.Timeout | undefined;
  private startedAt = -Infinity;

  constructor(private readonly options: LatestWinsOptions<T>) {}

  push(value: T): void {
    if (this.pending) this.options.onSkipped?.(this.pending.value);
    this.pending = { value };
    this.schedule();
  }

  /** Writes what is pending without waiting for the interval; resolves when all is written. */
  async flush(): Promise<void> {
    await this.writing;
    while (this.pending) await this.start();
  }

  /** Drops what is pending; resolves when a write that has begun has ended. */
  async cancel(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    if (this.pending) this.options.onSkipped?.(this.pending.value);
    this.pending = undefined;
    await this.writing;
  }

  private schedule(): void {
    if (this.writing || this.timer || !this.pending) return;
    const wait = this.startedAt + (this.options.intervalMs ?? 0) - performance.now();
    if (wait <= 0) {
      void this.start();
      return;
    }
    this.timer = setTimeout(() => void this.start(), wait);
  }

  private start(): Promise<void> {
    // A flush starts ahead of the timer, which must not keep the process alive for nothing.
    clearTimeout(this.timer);
    this.timer = undefined;
    const taken = this.pending;
    if (!taken) return Promise.resolve();
    this.pending = undefined;
    this.startedAt = performance.now();
    this.writing = this.options
      .write(taken.value)
      .catch(this.options.onError)
      .finally(() => {
        this.writing = undefined;
        this.schedule();
      });
    return this.writing;
  }
}
