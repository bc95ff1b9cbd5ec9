import { Controller, Req, Res } from '@nestjs/common';
import type { StreamableFile } from '@nestjs/common';
import { deviceRoutes } from '@kernelcast/contracts';
import type { RouteInput } from '@kernelcast/contracts';
import { Input, Route, sendContent } from '@kernelcast/platform';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { DeviceSession } from '../auth/device-auth.service.js';
import { Session } from '../auth/device.guard.js';
import { BlobsService } from './blobs.service.js';

/** A digest names the same bytes for ever. */
const CACHE_CONTROL = 'public, max-age=31536000, immutable';

@Controller()
export class BlobsController {
  constructor(private readonly blobs: BlobsService) {}

  @Route(deviceRoutes.getBlob)
  async getBlob(
    @Session() { device }: DeviceSession,
    @Input() { params: { digest } }: RouteInput<typeof deviceRoutes.getBlob>,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<StreamableFile | undefined> {
    const size = this.blobs.sizeOf(device, digest);
    return sendContent(request, reply, {
      digest,
      size,
      cacheControl: CACHE_CONTROL,
      open: (range) => this.blobs.open(digest, range),
    });
  }
}
