import type { CreateTrainingJob, dryRunSchema, Page, TrainingJob } from '@kernelcast/contracts';
import { newId, type Tx } from '@kernelcast/database';
import { AppError } from '@kernelcast/platform';
import { Injectable } from '@nestjs/common';
import type { z } from 'zod';
import type { Actor } from '../changes/actor.js';
import { Changes } from '../changes/changes.service.js';
import { JobQueue } from '../job-queue/job-queue.service.js';
import { pageById } from '../paging/paging.js';
import { JobEventsRepository } from './job-events.repository.js';
import { JobPlanner, type PlannedJob } from './job-planner.service.js';
import { TrainingJobsRepository, type TrainingJobsFilter } from './training-jobs.repository.js';

export type DryRun = z.infer<typeof dryRunSchema>;

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
   * Checks an order and, unless it is a dry run, queues it.
   * @throws AppError as {@link JobPlanner.plan}
   */
  async submit(actor: Actor, order: CreateTrainingJob): Promise<TrainingJob | DryRun> {
    if (order.dryRun) {
      const { baseParameters, budgetParameters } = await this.planner.plan(order);
      return { valid: true, baseParameters, budgetParameters };
    }
    const job = await this.changes.commit(actor, async (tx) => {
      const result = await this.write(tx, actor, await this.planner.plan(order, tx));
      return { result, audit: { action: 'training_job.create', resource: result.id, after: result } };
    });
    this.queue.kick();
    return job;
  }

  /** @throws AppError `job_not_found` */
  async get(id: string, tx?: Tx): Promise<TrainingJob> {
    const job = await this.jobs.find(id, tx);
    if (!job) throw new AppError('job_not_found', `There is no training job ${id}`);
    return job;
  }

  async list(query: TrainingJobsFilter): Promise<Page<TrainingJob>> {
    return pageById(await this.jobs.list(query), query);
  }

  /** @throws AppError `job_not_found`, `conflict` when the job has ended */
  async cancel(actor: Actor, id: string): Promise<TrainingJob> {
    const job = await this.changes.commit(actor, async (tx) => {
      const cancelled = await this.jobs.cancel(tx, id);
      const result = await this.get(id, tx);
      if (!cancelled) throw new AppError('conflict', `The job has ${result.state} already`);
      const after = { state: result.state };
      await this.events.append(tx, id, { type: 'state', data: after });
      return { result, audit: { action: 'training_job.cancel', resource: id, after } };
    });
    await this.queue.forget(id);
    return job;
  }

  private async write(tx: Tx, actor: Actor, { order }: PlannedJob): Promise<TrainingJob> {
    const id = newId('trainingJob');
    const job = await this.jobs.create(tx, { ...order, id, createdBy: actor.id });
    await this.events.append(tx, id, { type: 'state', data: { state: job.state } });
    await this.queue.enqueue(tx, id);
    return job;
  }
}
