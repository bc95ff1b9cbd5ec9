import type { OutgoingHttpHeaders } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { registryRoutes, type RouteInput } from '@kernelcast/contracts';
import { Input, Route } from '@kernelcast/platform';
import { Controller, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { CurrentProject } from '../identity/current-actor.decorator.js';
import { accepts } from './accepts.js';
import { lastEventId, toEventStream } from './event-stream.js';
import { JobEventsService } from './job-events.service.js';
import { toText } from './log-lines.js';

/**
 * `no-transform` and nginx's own header keep proxies from holding events back. The connection ends with its stream, so
 * that nobody waits for it when the service shuts down.
 */
const STREAM_HEADERS = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-cache, no-transform',
  'x-accel-buffering': 'no',
  connection: 'close',
};

@Controller()
export class JobEventsController {
  constructor(private readonly events: JobEventsService) {}

  /** Answers by itself, as the same operation gives JSON or a stream. */
  @Route(registryRoutes.listTrainingJobEvents)
  async list(
    @CurrentProject() projectId: string,
    @Input() { params, query }: RouteInput<typeof registryRoutes.listTrainingJobEvents>,
    @Req() { headers }: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    if (accepts(headers.accept, 'text/event-stream')) {
      const after = lastEventId(headers['last-event-id']) ?? query.after;
      const batches = await this.events.follow(projectId, params.id, after);
      await sendStream(reply, Readable.from(toEventStream(batches)));
    } else {
      void reply.send({ data: await this.events.list(projectId, { jobId: params.id, ...query }) });
    }
  }

  /** Answers by itself, as the same operation gives JSON or text. */
  @Route(registryRoutes.listTrainingJobLogs)
  async logs(
    @CurrentProject() projectId: string,
    @Input() { params, query }: RouteInput<typeof registryRoutes.listTrainingJobLogs>,
    @Req() { headers }: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const data = await this.events.logs(projectId, { jobId: params.id, ...query });
    if (accepts(headers.accept, 'text/plain')) void reply.type('text/plain; charset=utf-8').send(toText(data));
    else void reply.send({ data });
  }
}

/** Sends a stream without end in sight past Nest and Fastify. A client that goes away ends it, and nothing else. */
const sendStream = async (reply: FastifyReply, stream: Readable): Promise<void> => {
  reply.hijack();
  reply.raw.writeHead(200, { ...reply.getHeaders(), ...STREAM_HEADERS } as OutgoingHttpHeaders);
  await pipeline(stream, reply.raw).catch(() => stream.destroy());
};
