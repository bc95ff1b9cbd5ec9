import { Controller, Req, Res } from '@nestjs/common';
import { deviceRoutes } from '@kernelcast/contracts';
import type { RouteInput } from '@kernelcast/contracts';
import { Input, Route } from '@kernelcast/platform';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { DeviceSession } from '../auth/device-auth.service.js';
import { Session } from '../auth/device.guard.js';
import { BlobSender } from './blob-sender.js';

@Controller()
export class BlobsController {
  constructor(private readonly blobs: BlobSender) {}

  @Route(deviceRoutes.getBlob)
  getBlob(
    @Session() { device }: DeviceSession,
    @Input() { params: { digest } }: RouteInput<typeof deviceRoutes.getBlob>,
    @Req() { raw: request }: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    // From its first byte on the answer is ours: large reads straight into the connection.
    const begin = (): void => {
      for (const [name, value] of Object.entries(reply.getHeaders())) reply.raw.setHeader(name, value ?? '');
      reply.hijack();
    };
    return this.blobs.send({ device, digest, request, response: reply.raw, begin });
  }
}
