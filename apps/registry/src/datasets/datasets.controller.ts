import type { Readable } from 'node:stream';
import {
  registryRoutes,
  type Dataset,
  type DatasetPreview,
  type DatasetStats,
  type DatasetVersion,
  type Page,
  type RouteInput,
} from '@kernelcast/contracts';
import { BodyStream, entityTag, Input, matchesTag, Route } from '@kernelcast/platform';
import { Controller, Headers, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import type { Actor } from '../changes/actor.js';
import { CurrentActor, CurrentProject } from '../identity/current-actor.decorator.js';
import { DatasetsService, type VersionReference } from './datasets.service.js';

/** A version never changes, but who may see it can: caches may keep it, each for its own user. */
const CACHE_CONTROL = 'private, max-age=31536000, immutable';
const NOT_MODIFIED = 304;

@Controller()
export class DatasetsController {
  constructor(private readonly datasets: DatasetsService) {}

  @Route(registryRoutes.createDataset)
  create(
    @CurrentActor() actor: Actor,
    @Input() { body }: RouteInput<typeof registryRoutes.createDataset>,
  ): Promise<Dataset> {
    return this.datasets.create(actor, body);
  }

  @Route(registryRoutes.listDatasets)
  list(
    @CurrentProject() projectId: string,
    @Input() { query }: RouteInput<typeof registryRoutes.listDatasets>,
  ): Promise<Page<Dataset>> {
    return this.datasets.list(projectId, query);
  }

  @Route(registryRoutes.getDataset)
  get(
    @CurrentProject() projectId: string,
    @Input() { params }: RouteInput<typeof registryRoutes.getDataset>,
  ): Promise<Dataset> {
    return this.datasets.get(projectId, params.id);
  }

  @Route(registryRoutes.uploadDatasetVersion)
  upload(
    @CurrentActor() actor: Actor,
    @Input() { params }: RouteInput<typeof registryRoutes.uploadDatasetVersion>,
    @BodyStream() archive: Readable,
  ): Promise<DatasetVersion> {
    return this.datasets.upload(actor, params.id, archive);
  }

  @Route(registryRoutes.listDatasetVersions)
  listVersions(
    @CurrentProject() projectId: string,
    @Input() { params, query }: RouteInput<typeof registryRoutes.listDatasetVersions>,
  ): Promise<Page<DatasetVersion>> {
    return this.datasets.listVersions(projectId, params.id, query);
  }

  @Route(registryRoutes.getDatasetVersion)
  getVersion(
    @CurrentProject() projectId: string,
    @Input() { params }: RouteInput<typeof registryRoutes.getDatasetVersion>,
  ): Promise<DatasetVersion> {
    return this.datasets.getVersion(referenceOf(projectId, params));
  }

  @Route(registryRoutes.getDatasetStats)
  getStats(
    @CurrentProject() projectId: string,
    @Input() { params }: RouteInput<typeof registryRoutes.getDatasetStats>,
  ): Promise<DatasetStats> {
    return this.datasets.getStats(referenceOf(projectId, params));
  }

  @Route(registryRoutes.getDatasetPreview)
  async getPreview(
    @CurrentProject() projectId: string,
    @Input() { params }: RouteInput<typeof registryRoutes.getDatasetPreview>,
    @Headers('if-none-match') ifNoneMatch: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<DatasetPreview | undefined> {
    const digest = await this.datasets.findPreview(referenceOf(projectId, params));
    const tag = entityTag(digest);
    void reply.headers({ etag: tag, 'cache-control': CACHE_CONTROL });
    if (!matchesTag(ifNoneMatch, tag)) return this.datasets.readPreview(digest);
    void reply.code(NOT_MODIFIED);
    return undefined;
  }
}

const referenceOf = (
  projectId: string,
  { id, version }: RouteInput<typeof registryRoutes.getDatasetVersion>['params'],
): VersionReference => ({ projectId, reference: id, version });
