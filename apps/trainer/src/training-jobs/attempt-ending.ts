/**
 * Why an attempt ends at once: `lost` = somebody else has the job, or nobody wants it any more; `adrift` = the
 * database has not been reached for so long that the job is better off elsewhere; `overdue` = its deadline has passed.
 */
export type KillReason = 'lost' | 'adrift' | 'overdue';
/** Why an attempt ends with a last checkpoint. */
export type StopReason = 'shutdown' | 'pause';

/** What has been decided about the end of one attempt. Of each kind the first reason counts. */
export class AttemptEnding {
  private readonly killing = new AbortController();
  private readonly stopping = new AbortController();
  private readonly over = new AbortController();
  /** Aborted when the attempt is to end, in whichever way. */
  readonly any = AbortSignal.any([this.killing.signal, this.stopping.signal]);
  /** Aborted when waiting for a database or a store that is away makes no more sense. */
  readonly giveUp: AbortSignal;

  constructor(shutdown: AbortSignal) {
    this.giveUp = AbortSignal.any([this.killing.signal, shutdown]);
    if (shutdown.aborted) this.stop('shutdown');
    else shutdown.addEventListener('abort', () => this.stop('shutdown'), { once: true, signal: this.over.signal });
  }

  get killed(): KillReason | undefined {
    return this.killing.signal.reason as KillReason | undefined;
  }

  get stopped(): StopReason | undefined {
    return this.stopping.signal.reason as StopReason | undefined;
  }

  kill(reason: KillReason): void {
    this.killing.abort(reason);
  }

  stop(reason: StopReason): void {
    this.stopping.abort(reason);
  }

  /** Calls back at once, when that has been decided already. Returns the means to stop listening. */
  on(what: 'kill' | 'stop', listener: () => void): () => void {
    const { signal } = what === 'kill' ? this.killing : this.stopping;
    if (signal.aborted) listener();
    else signal.addEventListener('abort', listener, { once: true });
    return () => signal.removeEventListener('abort', listener);
  }

  /** Forgets the shutdown signal, which outlives the attempt. */
  dispose(): void {
    this.over.abort();
  }
}
