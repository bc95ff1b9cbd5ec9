const FIRST_MS = 1_000;
const LONGEST_MS = 300_000;
/** 2^9 s is beyond the longest wait. */
const MAX_DOUBLINGS = 9;

/**
 * Milliseconds to wait before the next try after `failures` in a row: between nothing and a bound that doubles up to
 * five minutes ("full jitter"), so that a fleet does not come back all at once. A server that says when is obeyed.
 *
 * @param random draws from [0, 1)
 * @param retryAfter seconds, from the server
 */
export function backoffMs(failures: number, random: () => number, retryAfter?: number): number {
  const bound = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(Math.max(failures, 1) - 1, MAX_DOUBLINGS));
  const wait = random() * bound;
  return retryAfter === undefined ? wait : retryAfter * 1_000 + wait;
}
