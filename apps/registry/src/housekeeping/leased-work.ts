import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { Logger } from '@nestjs/common';

const LEASE_MS = 30_000;
const RENEW_MS = 10_000;
/** How often a registry looks for work whose registry died. */
const LOOK_MS = 5_000;
const SETTLED_POLL_MS = 25;
const SETTLED_POLL_MAX_MS = 1_000;

/** Somebody else has the work now, or it is gone. */
export class LeaseLostError extends Error {
  constructor() {
    super('The lease is lost');
    this.name = 'LeaseLostError';
  }
}

/** Where work waits; all registries claim from the same. Leases are in milliseconds. */
export interface LeaseQueue<T> {
  /** Takes a lease of the next work that nobody has; null when there is none. */
  claim(owner: string, leaseMs: number): Promise<T | null>;
  /** Whether the work was still the owner's. */
  renew(work: T, owner: string, leaseMs: number): Promise<boolean>;
  release(work: T, owner: string): Promise<void>;
}

export interface LeasedWorkOptions<T> {
  /** For the log: `validation`. */
  readonly name: string;
  readonly queue: LeaseQueue<T>;
  /** Works done at once by one registry. */
  readonly atOnce: number;
  /** Does one; the signal is aborted when the lease is lost or the registry stops. May throw {@link LeaseLostError}. */
  readonly work: (work: T, lease: { readonly owner: string; readonly signal: AbortSignal }) => Promise<void>;
}

/**
 * Work that any registry may do and one does at a time: leases are renewed while it goes on, so that the work of a
 * registry that was killed is taken over by another one or by itself after its next start.
 */
export class LeasedWork<T> {
  private readonly logger = new Logger(LeasedWork.name);
  private readonly stopping = new AbortController();
  private readonly running = new Set<Promise<void>>();
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly options: LeasedWorkOptions<T>) {}

  start(): void {
    this.timer = setInterval(() => this.wake(), LOOK_MS);
    this.timer.unref();
    this.wake();
  }

  /** Gives back what is not done; resolves when nothing is worked on any more. */
  async stop(): Promise<void> {
    clearInterval(this.timer);
    this.stopping.abort(new Error('the registry stops'));
    await Promise.all(this.running);
  }

  /** Looks for work now. */
  wake(): void {
    const { name, atOnce } = this.options;
    if (this.stopping.signal.aborted || this.running.size >= atOnce) return;
    const work = this.drain().catch((error: unknown) => this.logger.warn(`${name} goes on later: ${String(error)}`));
    this.running.add(work);
    void work.finally(() => this.running.delete(work));
  }

  /**
   * Waits until `look` gives something, whichever registry does the work.
   * @param patienceMs - milliseconds after which it is waited for no longer
   * @throws the reason of the stop
   */
  async settled<R>(look: () => Promise<R | undefined>, patienceMs = Infinity): Promise<R | undefined> {
    const until = Date.now() + patienceMs;
    for (let wait = SETTLED_POLL_MS; Date.now() < until; wait = Math.min(2 * wait, SETTLED_POLL_MAX_MS)) {
      const found = await look();
      if (found !== undefined) return found;
      this.wake();
      await pause(wait, undefined, { signal: this.stopping.signal });
    }
    return undefined;
  }

  private async drain(): Promise<void> {
    while (!this.stopping.signal.aborted) {
      // A name for each lease: this registry itself may lose one and take the same work again.
      const owner = randomUUID();
      const work = await this.options.queue.claim(owner, LEASE_MS);
      if (work === null) return;
      await this.doLeased(work, owner);
    }
  }

  private async doLeased(work: T, owner: string): Promise<void> {
    const { queue } = this.options;
    const lost = new AbortController();
    const renewal = setInterval(() => void this.renew(work, owner, lost), RENEW_MS);
    const signal = AbortSignal.any([this.stopping.signal, lost.signal]);
    try {
      await this.options.work(work, { owner, signal });
    } catch (error) {
      if (error instanceof LeaseLostError || lost.signal.aborted) return;
      if (this.stopping.signal.aborted) return await queue.release(work, owner);
      // The lease runs out, and somebody tries again.
      throw error;
    } finally {
      clearInterval(renewal);
    }
  }

  private async renew(work: T, owner: string, lost: AbortController): Promise<void> {
    try {
      if (!(await this.options.queue.renew(work, owner, LEASE_MS))) lost.abort(new LeaseLostError());
    } catch (error) {
      this.logger.warn(`a lease was not renewed: ${String(error)}`);
    }
  }
}
