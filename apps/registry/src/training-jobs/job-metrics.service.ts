import type { JobCheckpoint, JobMetric } from '@kernelcast/contracts';
import { Injectable } from '@nestjs/common';
import { PRESELECTION, thinCurve } from './curve.js';
import { JobMetricsRepository } from './job-metrics.repository.js';
import { TrainingJobsService } from './training-jobs.service.js';

@Injectable()
export class JobMetricsService {
  constructor(
    private readonly metrics: JobMetricsRepository,
    private readonly jobs: TrainingJobsService,
  ) {}

  /** @param points to which a longer curve is thinned. @throws AppError `job_not_found` */
  async curve(projectId: string, jobId: string, points: number): Promise<JobMetric[]> {
    await this.jobs.stateOf(projectId, jobId);
    return thinCurve(await this.metrics.curve(jobId, points * PRESELECTION), points);
  }

  /** @throws AppError `job_not_found` */
  async checkpoints(projectId: string, jobId: string): Promise<JobCheckpoint[]> {
    await this.jobs.stateOf(projectId, jobId);
    return this.metrics.checkpoints(jobId);
  }
}
