import { registryRoutes, type RouteInput } from '@kernelcast/contracts';
import { AppError, Input, Route } from '@kernelcast/platform';
import { blobKey, OBJECT_STORE, type ObjectStore } from '@kernelcast/storage';
import { Controller, Inject, Req, Res, StreamableFile } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { matchesTag, parseRange } from './http-range.js';
import { ModulatorsService } from './modulators.service.js';

/** A version never changes, but who may see it can: caches may keep it, each for its own user. */
const CACHE_CONTROL = 'private, max-age=31536000, immutable';

@Controller()
export class DownloadsController {
  constructor(
    private readonly modulators: ModulatorsService,
    @Inject(OBJECT_STORE) private readonly store: ObjectStore,
  ) {}

  @Route(registryRoutes.downloadModulatorVersion)
  async download(
    @Input() { params }: RouteInput<typeof registryRoutes.downloadModulatorVersion>,
    @Req() { headers }: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<StreamableFile | undefined> {
    const version = await this.modulators.getVersion({ modulatorId: params.id, version: params.version });
    const { digest, size, taskName } = version;
    const tag = `"${digest}"`;
    reply.headers({ etag: tag, 'cache-control': CACHE_CONTROL, 'accept-ranges': 'bytes' });
    if (matchesTag(headers['if-none-match'], tag)) {
      reply.code(304);
      return undefined;
    }
    const fresh = headers['if-range'] === undefined || headers['if-range'] === tag;
    const range = fresh ? parseRange(headers.range, size) : 'whole';
    if (range === 'unsatisfiable') {
      reply.header('content-range', `bytes */${size}`);
      throw new AppError('range_not_satisfiable', `The artifact has ${size} bytes`);
    }
    const whole = range === 'whole';
    if (!whole) reply.code(206).header('content-range', `bytes ${range.start}-${range.end}/${size}`);
    const { stream, rangeSize } = await this.store.open(blobKey(digest), whole ? undefined : range);
    return new StreamableFile(stream, {
      type: 'application/octet-stream',
      length: rangeSize,
      disposition: `attachment; filename="${taskName}-${version.version}.safetensors"`,
    });
  }
}
