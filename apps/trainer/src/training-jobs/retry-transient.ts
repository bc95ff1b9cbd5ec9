import { isDatabaseUnavailable } from '@kernelcast/database';
import { isStorageUnavailable } from '@kernelcast/storage';
import { sleep } from './sleep.js';

const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 5_000;

/** Whether the database or the object store could not be reached, so that the same call may succeed later. */
export const isTransient = (error: unknown): boolean => isDatabaseUnavailable(error) || isStorageUnavailable(error);

export interface RetryOptions {
  /** Ends the waiting. */
  readonly signal: AbortSignal;
  /** Milliseconds after which waiting ends too; without it, it goes on until the signal. */
  readonly forAtMostMs?: number;
  readonly onRetry?: (error: unknown, waitMs: number) => void;
  readonly wait?: (ms: number, signal: AbortSignal) => Promise<void>;
}

/**
 * Repeats a call for as long as the database or the object store cannot be reached, with growing pauses: an outage
 * must cost neither an attempt of the job nor the work done.
 * @throws any other error of the call, and the last transient one when waiting has ended.
 */
export async function retryTransient<T>(call: () => Promise<T>, options: RetryOptions): Promise<T> {
  const { signal, onRetry, wait = sleep, forAtMostMs = Infinity } = options;
  let waitedMs = 0;
  for (let waitMs = FIRST_WAIT_MS; ; waitMs = Math.min(2 * waitMs, LONGEST_WAIT_MS)) {
    try {
      return await call();
    } catch (error) {
      if (signal.aborted || waitedMs >= forAtMostMs || !isTransient(error)) throw error;
      onRetry?.(error, waitMs);
      await wait(waitMs, signal);
      waitedMs += waitMs;
      if (signal.aborted) throw error;
    }
  }
}
