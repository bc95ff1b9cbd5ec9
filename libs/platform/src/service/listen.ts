import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { RunningService } from './run-service.js';

export interface ListenOptions {
  readonly host: string;
  readonly port: number;
  /** Milliseconds that requests in flight get to end once the application is told to close. */
  readonly drainMs?: number;
}

const DEFAULT_DRAIN_MS = 8_000;

/** Opens the port of an application made by `bootstrapHttp`, and gives it back as a running service. */
export const listen = async (app: NestFastifyApplication, options: ListenOptions): Promise<RunningService> => {
  const { host, port, drainMs = DEFAULT_DRAIN_MS } = options;
  await app.listen(port, host);
  const url = await app.getUrl();
  const close = async (): Promise<void> => {
    // An event stream or a slow download must not hold up the end for ever.
    const timer = setTimeout(() => app.getHttpServer().closeAllConnections(), drainMs);
    timer.unref();
    await app.close();
    clearTimeout(timer);
  };
  return { url, close };
};
