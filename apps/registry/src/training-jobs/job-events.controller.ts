import { Readable } from 'node:stream';
import { registryRoutes, type RouteInput } from '@kernelcast/contracts';
import { Input, Route } from '@kernelcast/platform';
import { Controller, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { acceptsEventStream, lastEventId, toEventStream } from './event-stream.js';
import { JobEventsService } from './job-events.service.js';

/** `no-transform` and nginx's own header keep proxies from holding events back. */
const STREAM_HEADERS = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-cache, no-transform',
  'x-accel-buffering': 'no',
};

@Controller()
export class JobEventsController {
  constructor(private readonly events: JobEventsService) {}

  /** Answers by itself, as the same operation gives JSON or a stream. */
  @Route(registryRoutes.listTrainingJobEvents)
  async list(
    @Input() { params, query }: RouteInput<typeof registryRoutes.listTrainingJobEvents>,
    @Req() { headers }: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    if (acceptsEventStream(headers.accept)) {
      const after = lastEventId(headers['last-event-id']) ?? query.after;
      const batches = await this.events.follow(params.id, after);
      void reply.headers(STREAM_HEADERS).send(Readable.from(toEventStream(batches)));
    } else {
      void reply.send({ data: await this.events.list({ jobId: params.id, ...query }) });
    }
  }
}
