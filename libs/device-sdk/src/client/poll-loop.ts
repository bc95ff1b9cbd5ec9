import { describeError, ServerError } from '../device.errors.js';
import type { DeviceEvent, PollOptions, PollResult } from '../device.types.js';
import { fullJitter } from './backoff.js';
import type { BackoffPolicy, Sleep } from './backoff.js';

const BACKOFF: BackoffPolicy = { baseMs: 1000, capMs: 5 * 60_000 };
/** Neither a random zero nor a server that always has news may become a tight loop. */
const LEAST_DELAY_MS = 500;

export interface PollLoopOptions extends PollOptions {
  readonly sleep: Sleep;
  readonly random: () => number;
  readonly onFailure: (event: Extract<DeviceEvent, { type: 'pollFailed' }>) => void;
}

/** Polls again and again until the signal aborts; failures only make it wait. */
export async function pollUntilAborted(
  poll: (options: PollOptions) => Promise<PollResult>,
  { waitSeconds, signal, sleep, random, onFailure }: PollLoopOptions,
): Promise<void> {
  let failures = 0;
  while (!signal?.aborted) {
    let delay: number;
    try {
      delay = Math.max((await poll({ waitSeconds, signal })).pollAfterSeconds * 1000, LEAST_DELAY_MS);
      failures = 0;
    } catch (error) {
      if (signal?.aborted) return;
      const asked = error instanceof ServerError ? (error.retryAfterSeconds ?? 0) * 1000 : 0;
      delay = Math.max(asked, LEAST_DELAY_MS, fullJitter(BACKOFF, failures++, random));
      onFailure({ type: 'pollFailed', ...describeError(error), retryInSeconds: Math.round(delay / 1000) });
    }
    // Rejects only when the signal aborts, which ends the loop.
    await sleep(delay, signal).catch(() => undefined);
  }
}
