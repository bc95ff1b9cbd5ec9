const POLL_MS = 25;
const DEFAULT_TIMEOUT_MS = 10_000;

/**
 * Waits until `check` gives something truthy, and gives that back. Errors of `check` count as "not yet"; the last one
 * becomes the cause when time is up.
 */
export const waitFor = async <T>(
  what: string,
  check: () => T | Promise<T>,
  timeoutMs = DEFAULT_TIMEOUT_MS,
): Promise<NonNullable<T>> => {
  const deadline = performance.now() + timeoutMs;
  let cause: unknown;
  for (;;) {
    try {
      const value = await check();
      if (value) return value;
      cause = undefined;
    } catch (error) {
      cause = error;
    }
    if (performance.now() > deadline) throw new Error(`Waited ${timeoutMs} ms in vain for: ${what}`, { cause });
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
};
