import type { Logger } from 'pino';

/** A service that runs: where it answers, if it does, and how to end it. */
export interface RunningService {
  readonly url?: string;
  /** Ends in order: no new work, running work finished or handed back, connections closed. */
  close(): Promise<void>;
}

/** What of a process this module needs; a real one in `main.ts`, another in tests. */
export interface HostProcess {
  readonly connected?: boolean;
  send?(message: unknown): boolean;
  on(event: string, listener: () => void): unknown;
  exit(code: number): void;
}

export interface RunServiceOptions {
  readonly logger: Logger;
  readonly start: () => Promise<RunningService>;
  readonly host?: HostProcess;
  /** Milliseconds after which a shutdown that hangs is cut short. */
  readonly graceMs?: number;
}

/** Less than the 30 s that Kubernetes waits before it kills. */
const DEFAULT_GRACE_MS = 20_000;

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/**
 * Runs a service for the life of the process: starts it, says `ready` (a log line with `url`, and a message to the
 * parent if there is an IPC channel), and ends it in order at SIGTERM, at SIGINT, or when the parent is gone. Exit code
 * 0 after an orderly end, 1 when the start failed or the shutdown hung.
 */
export const runService = async ({ logger, start, host = process, graceMs }: RunServiceOptions): Promise<void> => {
  let ending: string | undefined;
  let service: RunningService | undefined;

  const end = async (reason: string): Promise<void> => {
    const again = ending !== undefined;
    ending ??= reason;
    // Still starting: the start is followed through, and its result closed below.
    if (again || !service) return;
    logger.info({ reason }, 'shutting down');
    const timer = setTimeout(() => {
      logger.error('shutdown took too long');
      host.exit(1);
    }, graceMs ?? DEFAULT_GRACE_MS);
    timer.unref();
    try {
      await service.close();
      logger.info('stopped');
      host.exit(0);
    } catch (error) {
      logger.error({ err: error }, `shutdown failed: ${reasonOf(error)}`);
      host.exit(1);
    }
  };

  host.on('SIGTERM', () => void end('SIGTERM'));
  host.on('SIGINT', () => void end('SIGINT'));
  host.on('disconnect', () => void end('parent gone'));

  try {
    service = await start();
  } catch (error) {
    logger.fatal({ err: error }, `start failed: ${reasonOf(error)}`);
    host.exit(1);
    return;
  }
  if (ending !== undefined) {
    const reason = ending;
    ending = undefined;
    await end(reason);
    return;
  }
  logger.info({ url: service.url }, 'ready');
  if (host.connected) host.send?.({ type: 'ready', url: service.url });
};
