import { Controller, Req, Res, StreamableFile, UseGuards } from '@nestjs/common';
import { deviceRoutes } from '@kernelcast/contracts';
import type { RouteInput } from '@kernelcast/contracts';
import { AppError, Input, Route } from '@kernelcast/platform';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { DeviceSession } from '../auth/device-auth.service.js';
import { DeviceGuard, Session } from '../auth/device.guard.js';
import { entityTag, matchesTag } from '../http/entity-tag.js';
import { BlobsService } from './blobs.service.js';
import { parseRange } from './byte-range.js';
import type { ByteRange } from './byte-range.js';

const PARTIAL_CONTENT = 206;
const NOT_MODIFIED = 304;
/** A digest names the same bytes for ever. */
const CACHE_CONTROL = 'public, max-age=31536000, immutable';

@Controller()
@UseGuards(DeviceGuard)
export class BlobsController {
  constructor(private readonly blobs: BlobsService) {}

  @Route(deviceRoutes.getBlob)
  async getBlob(
    @Session() { device }: DeviceSession,
    @Input() { params: { digest } }: RouteInput<typeof deviceRoutes.getBlob>,
    @Req() { headers }: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<StreamableFile | undefined> {
    const size = this.blobs.sizeOf(device, digest);
    const tag = entityTag(digest);
    reply.headers({ etag: tag, 'cache-control': CACHE_CONTROL, 'accept-ranges': 'bytes' });
    if (matchesTag(headers['if-none-match'], tag)) {
      reply.code(NOT_MODIFIED);
      return undefined;
    }
    const range = chooseRange(headers, tag, size);
    if (range === 'unsatisfiable') throw unsatisfiable(reply, size);
    const stream = await this.blobs.open(digest, range);
    if (range !== undefined) reply.code(PARTIAL_CONTENT).header('content-range', contentRange(range, size));
    const length = range === undefined ? size : range.end - range.start + 1;
    return new StreamableFile(stream, { type: 'application/octet-stream', length });
  }
}

/** An `If-Range` that names other bytes voids the range (RFC 9110, section 13.1.5). */
function chooseRange(
  headers: FastifyRequest['headers'],
  tag: string,
  size: number,
): ByteRange | 'unsatisfiable' | undefined {
  const ifRange = headers['if-range'];
  if (ifRange !== undefined && ifRange !== tag) return undefined;
  const range = parseRange(headers.range, size);
  return range === 'whole' ? undefined : range;
}

function contentRange({ start, end }: ByteRange, size: number): string {
  return `bytes ${start}-${end}/${size}`;
}

function unsatisfiable(reply: FastifyReply, size: number): AppError {
  // The refusal is not the blob: it must not be kept as if it were.
  reply.headers({ 'content-range': `bytes */${size}`, 'cache-control': 'no-store' }).removeHeader('etag');
  return new AppError('range_not_satisfiable', `The blob has ${size} bytes.`);
}
