import type { CreateTrainingJob, JobState, ListTrainingJobsQuery, Page, TrainingJob } from '@kernelcast/contracts';
import { newId, type Tx } from '@kernelcast/database';
import { AppError } from '@kernelcast/platform';
import { Injectable } from '@nestjs/common';
import type { Actor } from '../changes/actor.js';
import { Changes } from '../changes/changes.service.js';
import { JobQueue } from '../job-queue/job-queue.service.js';
import { JobEventsRepository } from './job-events.repository.js';
import { JobPlanner, type PlannedJob } from './job-planner.service.js';
import { TrainingJobsRepository } from './training-jobs.repository.js';

@Injectable()
export class TrainingJobsService {
  constructor(
    private readonly jobs: TrainingJobsRepository,
    private readonly events: JobEventsRepository,
    private readonly planner: JobPlanner,
    private readonly queue: JobQueue,
    private readonly changes: Changes,
  ) {}

  /**
   * Checks an order and queues it.
   * @throws AppError as {@link JobPlanner.plan}
   */
  async submit(actor: Actor, order: CreateTrainingJob): Promise<TrainingJob> {
    const job = await this.changes.commit(actor, async (tx) => {
      const result = await this.submitWithin(tx, actor, order);
      return { result, audit: { action: 'training_job.create', resource: result.id, after: result } };
    });
    this.queue.kick();
    return job;
  }

  /** As {@link submit}, as a part of the caller's change; afterwards the caller calls {@link kick}. */
  async submitWithin(tx: Tx, actor: Actor, order: CreateTrainingJob): Promise<TrainingJob> {
    return this.write(tx, actor, await this.planner.plan(actor.projectId, order, tx));
  }

  /** Lets trainers know at once of what was submitted. */
  kick(): void {
    this.queue.kick();
  }

  /** @throws AppError `job_not_found` */
  async get(projectId: string, id: string, tx?: Tx): Promise<TrainingJob> {
    const job = await this.jobs.find(projectId, id, tx);
    if (!job) throw notFound(id);
    return job;
  }

  list(projectId: string, query: ListTrainingJobsQuery): Promise<Page<TrainingJob>> {
    return this.jobs.list(projectId, query);
  }

  /** @throws AppError `job_not_found` */
  async stateOf(projectId: string, id: string): Promise<JobState> {
    const state = await this.jobs.stateOf(projectId, id);
    if (!state) throw notFound(id);
    return state;
  }

  private async write(tx: Tx, actor: Actor, { order }: PlannedJob): Promise<TrainingJob> {
    const id = newId('trainingJob');
    const job = await this.jobs.create(tx, { ...order, id, projectId: actor.projectId, createdBy: actor.id });
    await this.events.append(tx, id, { type: 'state', data: { state: job.state } });
    await this.queue.enqueue(tx, job);
    return job;
  }
}

const notFound = (id: string): AppError => new AppError('job_not_found', `There is no training job ${id}`);
