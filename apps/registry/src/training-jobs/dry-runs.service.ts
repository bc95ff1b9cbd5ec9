import type { CreateTrainingJob, DryRun } from '@kernelcast/contracts';
import { Injectable } from '@nestjs/common';
import { JobDurationsRepository } from './job-durations.repository.js';
import { estimateSeconds } from './job-estimate.js';
import { JobPlanner } from './job-planner.service.js';
import { TrainingJobsRepository } from './training-jobs.repository.js';

/** Jobs that an estimate goes by: enough for a median, few enough to follow a faster machine. */
const RUNS = 20;

/** What an estimate goes by. */
type Estimated = Pick<CreateTrainingJob, 'scenario' | 'method' | 'hyperparameters' | 'budget'> & {
  readonly baseNetworkId: string;
  readonly meta?: { readonly iterations?: number | undefined } | null | undefined;
};

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
    const queueLength = await this.jobs.countAhead(order);
    return {
      valid: true,
      baseParameters,
      budgetParameters,
      queueLength,
      estimatedSeconds: await this.estimate(projectId, order),
    };
  }

  /** Seconds that a job will take by those like it on the base network; null when there are none. */
  async estimate(projectId: string, order: Estimated): Promise<number | null> {
    const steps = order.meta ? order.meta.iterations : order.hyperparameters.steps;
    const asked = { steps: steps === 'auto' ? undefined : steps, searchSeconds: order.budget?.seconds };
    return estimateSeconds(await this.durations.list({ ...order, projectId, limit: RUNS }), asked);
  }
}
