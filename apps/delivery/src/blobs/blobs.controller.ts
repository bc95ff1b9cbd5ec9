import { Controller, Req, Res } from '@nestjs/common';
import { deviceRoutes } from '@kernelcast/contracts';
import type { RouteInput } from '@kernelcast/contracts';
import { Input, Route } from '@kernelcast/platform';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { DeviceSession } from '../auth/device-auth.service.js';
import { Session } from '../auth/device.guard.js';
import { DeviceLimits, tooMany } from '../limits/device-limits.js';
import { BlobSender } from './blob-sender.js';

@Controller()
export class BlobsController {
  constructor(
    private readonly blobs: BlobSender,
    private readonly limits: DeviceLimits,
  ) {}

  @Route(deviceRoutes.getBlob)
  getBlob(
    @Session() { device }: DeviceSession,
    @Input() { params: { digest } }: RouteInput<typeof deviceRoutes.getBlob>,
    @Req() { raw: request, ip }: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const take = (bytes: number): void => {
      const wait =
        bytes < 0 ? this.limits.returnBytes(device.id, ip, -bytes) : this.limits.takeBytes(device.id, ip, bytes);
      if (wait) throw tooMany('Too many bytes for this device or its address.', wait / 1000);
    };
    // From its first byte on the answer is ours: large reads straight into the connection.
    const begin = (): void => {
      for (const [name, value] of Object.entries(reply.getHeaders())) reply.raw.setHeader(name, value ?? '');
      reply.hijack();
    };
    return this.blobs.send({ device, digest, request, response: reply.raw, begin, take });
  }
}
