import type { CreateTrainingJob, DryRun } from '@kernelcast/contracts';
import { Injectable } from '@nestjs/common';
import { JobDurationsRepository } from './job-durations.repository.js';
import { estimateSeconds } from './job-estimate.js';
import { JobPlanner } from './job-planner.service.js';
import { TrainingJobsRepository } from './training-jobs.repository.js';

/** Jobs that an estimate goes by: enough for a median, few enough to follow a faster machine. */
const RUNS = 20;

/** Says what an order would lead to, and writes nothing. */
@Injectable()
export class DryRuns {
  constructor(
    private readonly planner: JobPlanner,
    private readonly jobs: TrainingJobsRepository,
    private readonly durations: JobDurationsRepository,
  ) {}

  /** @throws AppError as {@link JobPlanner.plan} */
  async run(projectId: string, body: CreateTrainingJob): Promise<DryRun> {
    const { order, baseParameters, budgetParameters } = await this.planner.plan(projectId, body);
    const steps = order.meta ? order.meta.iterations : order.hyperparameters.steps;
    const asked = { steps: steps === 'auto' ? undefined : steps, searchSeconds: order.budget.seconds };
    const runs = await this.durations.list({ ...order, projectId, limit: RUNS });
    const queueLength = await this.jobs.countAhead(order);
    return {
      valid: true,
      baseParameters,
      budgetParameters,
      queueLength,
      estimatedSeconds: estimateSeconds(runs, asked),
    };
  }
}
