import type { Readable } from 'node:stream';
import { registryRoutes, type DatasetUpload, type RouteInput } from '@kernelcast/contracts';
import { BodyStream, Input, Route } from '@kernelcast/platform';
import { Controller } from '@nestjs/common';
import type { Actor } from '../../changes/actor.js';
import { CurrentActor, CurrentProject } from '../../identity/current-actor.decorator.js';
import { DatasetsService } from '../datasets.service.js';
import { DatasetUploadsService } from './dataset-uploads.service.js';

@Controller()
export class DatasetUploadsController {
  constructor(
    private readonly datasets: DatasetsService,
    private readonly uploads: DatasetUploadsService,
  ) {}

  @Route(registryRoutes.createDatasetUpload)
  async create(
    @CurrentActor() actor: Actor,
    @Input() { params, body }: RouteInput<typeof registryRoutes.createDatasetUpload>,
  ): Promise<DatasetUpload> {
    const { id } = await this.datasets.get(actor.projectId, params.id);
    return this.uploads.create(actor, id, body);
  }

  @Route(registryRoutes.getDatasetUpload)
  get(
    @CurrentProject() projectId: string,
    @Input() { params }: RouteInput<typeof registryRoutes.getDatasetUpload>,
  ): Promise<DatasetUpload> {
    return this.uploads.get({ projectId, id: params.id });
  }

  @Route(registryRoutes.appendToDatasetUpload)
  append(
    @CurrentProject() projectId: string,
    @Input() { params, query }: RouteInput<typeof registryRoutes.appendToDatasetUpload>,
    @BodyStream() bytes: Readable,
  ): Promise<DatasetUpload> {
    return this.uploads.append({ projectId, id: params.id }, query.offset, bytes);
  }

  @Route(registryRoutes.completeDatasetUpload)
  complete(
    @CurrentActor() actor: Actor,
    @Input() { params, body }: RouteInput<typeof registryRoutes.completeDatasetUpload>,
  ): Promise<DatasetUpload> {
    return this.uploads.complete(actor, params.id, body);
  }

  @Route(registryRoutes.cancelDatasetUpload)
  cancel(
    @CurrentActor() actor: Actor,
    @Input() { params }: RouteInput<typeof registryRoutes.cancelDatasetUpload>,
  ): Promise<void> {
    return this.uploads.cancel(actor, params.id);
  }
}
