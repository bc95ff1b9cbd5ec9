import { Controller, Get, Module, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { HealthModule } from '../health/health.module.js';
import { bootstrapHttp } from '../http/bootstrap-http.js';
import { createLogger } from '../logging/logger.js';
import { listen } from './listen.js';
import type { RunningService } from './run-service.js';

let release: () => void = () => undefined;

@Controller()
class SlowController {
  @Get('/slow')
  slow(): Promise<string> {
    return new Promise((resolve) => (release = () => resolve('done')));
  }

  /** An event stream that its owner forgets to end. */
  @Get('/endless')
  endless(@Res() reply: FastifyReply): void {
    reply.raw.writeHead(200, { 'content-type': 'text/event-stream' });
    reply.raw.write(': hello\n\n');
  }
}

@Module({ imports: [HealthModule.forRoot({ service: 'slow', version: '0' })], controllers: [SlowController] })
class SlowModule {}

const logger = createLogger({ service: 'slow', level: 'silent' });
const start = async (drainMs: number): Promise<RunningService> =>
  listen(await bootstrapHttp(SlowModule, { logger }), { host: '127.0.0.1', port: 0, drainMs });

describe('a listening service', () => {
  it('answers at the address it names, and no longer when it is closed', async () => {
    const service = await start(1000);
    expect(await (await fetch(`${service.url}/healthz`)).json()).toEqual({ status: 'ok' });
    await service.close();
    await expect(fetch(`${service.url}/healthz`)).rejects.toThrow('fetch failed');
  });

  it('finishes the requests it has begun', async () => {
    const service = await start(60_000);
    const answer = fetch(`${service.url}/slow`);
    // The second request is answered while the first one is held: by then the first has arrived.
    await fetch(`${service.url}/healthz`);
    const closing = service.close();
    release();
    expect(await (await answer).text()).toBe('done');
    await closing;
  });

  it('does not wait for ever for a stream that nobody ends', async () => {
    const service = await start(50);
    const stream = await fetch(`${service.url}/endless`);
    await service.close();
    await expect(stream.text()).rejects.toThrow('terminated');
  });
});
