import { registryRoutes, type DryRun, type Page, type RouteInput, type TrainingJob } from '@kernelcast/contracts';
import { Input, Route } from '@kernelcast/platform';
import { Controller } from '@nestjs/common';
import type { Actor } from '../changes/actor.js';
import { CurrentActor, CurrentProject } from '../identity/current-actor.decorator.js';
import { DryRuns } from './dry-runs.service.js';
import { JobControl } from './job-control.service.js';
import { TrainingJobsService } from './training-jobs.service.js';

@Controller()
export class TrainingJobsController {
  constructor(
    private readonly jobs: TrainingJobsService,
    private readonly dryRuns: DryRuns,
    private readonly control: JobControl,
  ) {}

  @Route(registryRoutes.createTrainingJob)
  create(
    @CurrentActor() actor: Actor,
    @Input() { body }: RouteInput<typeof registryRoutes.createTrainingJob>,
  ): Promise<TrainingJob | DryRun> {
    return body.dryRun ? this.dryRuns.run(actor.projectId, body) : this.jobs.submit(actor, body);
  }

  @Route(registryRoutes.listTrainingJobs)
  list(
    @CurrentProject() projectId: string,
    @Input() { query }: RouteInput<typeof registryRoutes.listTrainingJobs>,
  ): Promise<Page<TrainingJob>> {
    return this.jobs.list(projectId, query);
  }

  @Route(registryRoutes.getTrainingJob)
  get(
    @CurrentProject() projectId: string,
    @Input() { params }: RouteInput<typeof registryRoutes.getTrainingJob>,
  ): Promise<TrainingJob> {
    return this.jobs.get(projectId, params.id);
  }

  @Route(registryRoutes.cancelTrainingJob)
  cancel(
    @CurrentActor() actor: Actor,
    @Input() { params }: RouteInput<typeof registryRoutes.cancelTrainingJob>,
  ): Promise<TrainingJob> {
    return this.control.act(actor, 'cancel', params.id);
  }

  @Route(registryRoutes.pauseTrainingJob)
  pause(
    @CurrentActor() actor: Actor,
    @Input() { params }: RouteInput<typeof registryRoutes.pauseTrainingJob>,
  ): Promise<TrainingJob> {
    return this.control.act(actor, 'pause', params.id);
  }

  @Route(registryRoutes.resumeTrainingJob)
  resume(
    @CurrentActor() actor: Actor,
    @Input() { params }: RouteInput<typeof registryRoutes.resumeTrainingJob>,
  ): Promise<TrainingJob> {
    return this.control.act(actor, 'resume', params.id);
  }

  @Route(registryRoutes.retryTrainingJob)
  retry(
    @CurrentActor() actor: Actor,
    @Input() { params }: RouteInput<typeof registryRoutes.retryTrainingJob>,
  ): Promise<TrainingJob> {
    return this.control.act(actor, 'retry', params.id);
  }
}
