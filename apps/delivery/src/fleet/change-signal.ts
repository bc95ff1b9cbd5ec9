/** Wakes those who wait for the next change of the fleet. */
export class ChangeSignal {
  private readonly waiting = new Set<() => void>();
  private closed = false;

  /** How many wait now. */
  get size(): number {
    return this.waiting.size;
  }

  /** Resolves at the next change, after `timeoutMs`, when `signal` aborts, or at once after {@link close}. */
  next(timeoutMs: number, signal: AbortSignal): Promise<void> {
    if (this.closed || signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const finish = (): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', finish);
        this.waiting.delete(finish);
        resolve();
      };
      const timer = setTimeout(finish, timeoutMs);
      signal.addEventListener('abort', finish, { once: true });
      this.waiting.add(finish);
    });
  }

  wake(): void {
    for (const finish of [...this.waiting]) finish();
  }

  /** Ends every wait, now and later: the service is shutting down. */
  close(): void {
    this.closed = true;
    this.wake();
  }

  get isClosed(): boolean {
    return this.closed;
  }
}
