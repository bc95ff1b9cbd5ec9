import { Controller, Req, Res } from '@nestjs/common';
import { deviceRoutes, POLL_AFTER_HEADER } from '@kernelcast/contracts';
import type { FlattenedJws, RouteInput } from '@kernelcast/contracts';
import { Input, Route } from '@kernelcast/platform';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { DeviceSession } from '../auth/device-auth.service.js';
import { Session } from '../auth/device.guard.js';
import { ManifestPolls } from './manifest-polls.service.js';

const NOT_MODIFIED = 304;
const MILLISECONDS = 1000;

@Controller()
export class ManifestsController {
  constructor(private readonly polls: ManifestPolls) {}

  @Route(deviceRoutes.getManifest)
  async getManifest(
    @Session() session: DeviceSession,
    @Input() { query }: RouteInput<typeof deviceRoutes.getManifest>,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<FlattenedJws | undefined> {
    const { manifest, modified, pollAfterSeconds } = await this.polls.answer(session, {
      ifNoneMatch: request.headers['if-none-match'],
      waitMs: query.wait * MILLISECONDS,
      signal: whenGone(reply),
    });
    reply.headers({ etag: manifest.etag, 'cache-control': 'private, no-cache', [POLL_AFTER_HEADER]: pollAfterSeconds });
    if (modified) return manifest.jws;
    reply.code(NOT_MODIFIED);
    return undefined;
  }
}

function whenGone(reply: FastifyReply): AbortSignal {
  const gone = new AbortController();
  reply.raw.once('close', () => gone.abort());
  return gone.signal;
}
