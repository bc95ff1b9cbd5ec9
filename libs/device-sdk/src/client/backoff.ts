export interface BackoffPolicy {
  /** Ceiling of the first delay, milliseconds. */
  readonly baseMs: number;
  /** Ceiling of any delay, milliseconds. */
  readonly capMs: number;
}

/**
 * Exponential backoff with full jitter: uniform in [0, min(cap, base · 2^attempt)). A fleet that lost its server at
 * one moment comes back spread out. (Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015.)
 *
 * @param attempt failures before this one, from 0
 * @param random in [0, 1)
 */
export function fullJitter(policy: BackoffPolicy, attempt: number, random: () => number): number {
  return random() * ceilingOf(policy, attempt);
}

/** The largest delay after that many failures. */
export function ceilingOf({ baseMs, capMs }: BackoffPolicy, attempt: number): number {
  return Math.min(capMs, baseMs * 2 ** attempt);
}

/** Waits; rejects with the signal's reason when that aborts first. */
export type Sleep = (ms: number, signal?: AbortSignal) => Promise<void>;

/** setTimeout counts in signed 32 bits and fires at once beyond. */
const MAX_TIMER_MS = 2 ** 31 - 1;

export const sleep: Sleep = (ms, signal) =>
  new Promise((resolve, reject) => {
    const abort = (): void => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(
      () => {
        signal?.removeEventListener('abort', abort);
        resolve();
      },
      Math.min(ms, MAX_TIMER_MS),
    );
    if (signal?.aborted) abort();
    else signal?.addEventListener('abort', abort, { once: true });
  });
