import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { RunningService } from './run-service.js';

export interface ListenOptions {
  readonly host: string;
  readonly port: number;
}

/** Requests in flight get this long to end once the application is told to close. */
const DRAIN_MS = 8_000;

/** Opens the port of an application made by `bootstrapHttp`, and gives it back as a running service. */
export const listen = async (app: NestFastifyApplication, { host, port }: ListenOptions): Promise<RunningService> => {
  await app.listen(port, host);
  const url = await app.getUrl();
  const close = async (): Promise<void> => {
    // An event stream or a slow download must not hold up the end for ever.
    const timer = setTimeout(() => app.getHttpServer().closeAllConnections(), DRAIN_MS);
    timer.unref();
    await app.close();
    clearTimeout(timer);
  };
  return { url, close };
};
