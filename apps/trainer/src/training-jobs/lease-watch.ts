import type { AttemptEnding } from './attempt-ending.js';
import type { LeaseState } from './training-jobs.types.js';

/** How often the lease is looked at, which is how soon a cancellation is noticed in silent phases. */
const LOOK_MS = 400;

export interface LeaseWatchOptions {
  readonly look: () => Promise<LeaseState>;
  readonly ending: AttemptEnding;
  readonly deadline: Date | undefined;
  /** Milliseconds without an answer after which the job is better off with somebody who gets one. */
  readonly adriftAfterMs: number;
  readonly lookMs?: number;
}

/** Looks at an attempt's lease, its deadline and its connection for as long as it lasts. */
export class LeaseWatch {
  private readonly timer: NodeJS.Timeout;
  private answeredAt = performance.now();
  private asking = false;

  constructor(private readonly options: LeaseWatchOptions) {
    this.timer = setInterval(() => void this.look(), options.lookMs ?? LOOK_MS);
  }

  /** Looks now. Never rejects. */
  async look(): Promise<void> {
    const { ending, deadline, adriftAfterMs } = this.options;
    if (deadline !== undefined && Date.now() >= deadline.getTime()) ending.kill('overdue');
    if (performance.now() - this.answeredAt > adriftAfterMs) ending.kill('adrift');
    // A question may wait for a connection for longer than the time between two looks.
    if (this.asking) return;
    this.asking = true;
    // When the database cannot be asked, the training goes on for a while: the next answer will tell.
    const state = await this.options.look().catch(() => undefined);
    this.asking = false;
    if (state === undefined) return;
    this.answeredAt = performance.now();
    if (state === 'lost') ending.kill('lost');
    if (state === 'pause-requested') ending.stop('pause');
  }

  stop(): void {
    clearInterval(this.timer);
  }
}
