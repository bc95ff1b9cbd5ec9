/** What is used of `process`, so that a test can stand in for it. */
export interface StoppableProcess {
  on(event: string, listener: () => void): unknown;
  off(event: string, listener: () => void): unknown;
  exit(code: number): unknown;
}

/** Exit code of a process that was interrupted: 128 + SIGINT. */
const INTERRUPTED = 130;
const EVENTS = ['SIGINT', 'SIGTERM', 'disconnect'];

/**
 * A signal that aborts when the process is asked to stop: by SIGINT or SIGTERM, or by its parent's end (the IPC
 * channel closes). Who asks twice gets the process ended at once.
 */
export function untilStopped(host: StoppableProcess): { signal: AbortSignal; release(): void } {
  const controller = new AbortController();
  const stop = (): void => {
    if (controller.signal.aborted) host.exit(INTERRUPTED);
    controller.abort(new Error('asked to stop'));
  };
  for (const event of EVENTS) host.on(event, stop);
  return {
    signal: controller.signal,
    release: () => {
      for (const event of EVENTS) host.off(event, stop);
    },
  };
}
