import { registryRoutes, type Page, type RouteInput, type TrainingJob } from '@kernelcast/contracts';
import { Input, Route } from '@kernelcast/platform';
import { Controller } from '@nestjs/common';
import type { Actor } from '../changes/actor.js';
import { CurrentActor } from '../identity/current-actor.decorator.js';
import { TrainingJobsService, type DryRun } from './training-jobs.service.js';

@Controller()
export class TrainingJobsController {
  constructor(private readonly jobs: TrainingJobsService) {}

  @Route(registryRoutes.createTrainingJob)
  create(
    @CurrentActor() actor: Actor,
    @Input() { body }: RouteInput<typeof registryRoutes.createTrainingJob>,
  ): Promise<TrainingJob | DryRun> {
    return this.jobs.submit(actor, body);
  }

  @Route(registryRoutes.listTrainingJobs)
  list(@Input() { query }: RouteInput<typeof registryRoutes.listTrainingJobs>): Promise<Page<TrainingJob>> {
    return this.jobs.list(query);
  }

  @Route(registryRoutes.getTrainingJob)
  get(@Input() { params }: RouteInput<typeof registryRoutes.getTrainingJob>): Promise<TrainingJob> {
    return this.jobs.get(params.id);
  }

  @Route(registryRoutes.cancelTrainingJob)
  cancel(
    @CurrentActor() actor: Actor,
    @Input() { params }: RouteInput<typeof registryRoutes.cancelTrainingJob>,
  ): Promise<TrainingJob> {
    return this.jobs.cancel(actor, params.id);
  }
}
