import { registryRoutes, type RouteInput } from '@kernelcast/contracts';
import { Input, Route, sendContent } from '@kernelcast/platform';
import { Controller, Req, Res, type StreamableFile } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { CurrentProject } from '../identity/current-actor.decorator.js';
import { ModulatorsService } from './modulators.service.js';

/** A version never changes, but who may see it can: caches may keep it, each for its own user. */
const CACHE_CONTROL = 'private, max-age=31536000, immutable';

@Controller()
export class DownloadsController {
  constructor(private readonly modulators: ModulatorsService) {}

  @Route(registryRoutes.downloadModulatorVersion)
  async download(
    @CurrentProject() projectId: string,
    @Input() { params }: RouteInput<typeof registryRoutes.downloadModulatorVersion>,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<StreamableFile | undefined> {
    const found = await this.modulators.getVersion(projectId, { modulatorId: params.id, version: params.version });
    const { digest, size, taskName, version } = found;
    return sendContent(request, reply, {
      digest,
      size,
      cacheControl: CACHE_CONTROL,
      disposition: `attachment; filename="${taskName}-${version}.safetensors"`,
      open: (range) => this.modulators.openArtifact(digest, range),
    });
  }
}
