import { registryRoutes, type JobCheckpoint, type JobMetric, type RouteInput } from '@kernelcast/contracts';
import { Input, Route } from '@kernelcast/platform';
import { Controller } from '@nestjs/common';
import { CurrentProject } from '../identity/current-actor.decorator.js';
import { JobMetricsService } from './job-metrics.service.js';

@Controller()
export class JobMetricsController {
  constructor(private readonly metrics: JobMetricsService) {}

  @Route(registryRoutes.listTrainingJobMetrics)
  async curve(
    @CurrentProject() projectId: string,
    @Input() { params, query }: RouteInput<typeof registryRoutes.listTrainingJobMetrics>,
  ): Promise<{ data: JobMetric[] }> {
    return { data: await this.metrics.curve(projectId, params.id, query.points) };
  }

  @Route(registryRoutes.listTrainingJobCheckpoints)
  async checkpoints(
    @CurrentProject() projectId: string,
    @Input() { params }: RouteInput<typeof registryRoutes.listTrainingJobCheckpoints>,
  ): Promise<{ data: JobCheckpoint[] }> {
    return { data: await this.metrics.checkpoints(projectId, params.id) };
  }
}
