import type { Readable } from 'node:stream';
import { registryRoutes, type Dataset, type DatasetVersion, type Page, type RouteInput } from '@kernelcast/contracts';
import { BodyStream, Input, Route } from '@kernelcast/platform';
import { Controller } from '@nestjs/common';
import type { Actor } from '../changes/actor.js';
import { CurrentActor } from '../identity/current-actor.decorator.js';
import { DatasetsService } from './datasets.service.js';

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
  list(@Input() { query }: RouteInput<typeof registryRoutes.listDatasets>): Promise<Page<Dataset>> {
    return this.datasets.list(query);
  }

  @Route(registryRoutes.getDataset)
  get(@Input() { params }: RouteInput<typeof registryRoutes.getDataset>): Promise<Dataset> {
    return this.datasets.get(params.id);
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
    @Input() { params, query }: RouteInput<typeof registryRoutes.listDatasetVersions>,
  ): Promise<Page<DatasetVersion>> {
    return this.datasets.listVersions(params.id, query);
  }
}
