import {
  acceleratorSchema,
  PLACES_SHOWN,
  type Accelerator,
  type JobState,
  type ListTrainingJobsQuery,
  type Page,
  type TrainingJob,
} from '@kernelcast/contracts';
import { Database, Prisma, type Tx } from '@kernelcast/database';
import { Injectable } from '@nestjs/common';
import { readPage } from '../paging/keyset.js';
import type { Owned } from '../projects/project-access.js';
import { TrainersRepository } from '../trainers/trainers.repository.js';
import { jobFilters, TRAINING_JOBS } from './job-listing.js';
import { stateAfter, type JobCondition, type JobStep } from './job-transitions.js';
import { RELATED, toTrainingJob, type QueueView, type TrainingJobRow } from './training-job.mapper.js';

export type NewTrainingJob = Pick<
  TrainingJob,
  | 'id'
  | 'taskId'
  | 'outputName'
  | 'datasetVersionId'
  | 'baseNetworkId'
  | 'method'
  | 'scenario'
  | 'hyperparameters'
  | 'meta'
  | 'budget'
  | 'seed'
  | 'priority'
  | 'deadline'
  | 'startFrom'
  | 'accelerator'
> &
  Owned & { readonly createdBy: string };

export interface OwnedJob extends Owned {
  readonly id: string;
}

/** Why the registry itself closes a job. */
export interface JobFault {
  readonly code: NonNullable<TrainingJob['error']>['code'];
  readonly message: string;
  readonly retryable: boolean;
}

@Injectable()
export class TrainingJobsRepository {
  constructor(
    private readonly db: Database,
    private readonly trainers: TrainersRepository,
  ) {}

  async create(tx: Tx, { seed, deadline, startFrom, meta, ...job }: NewTrainingJob): Promise<TrainingJob> {
    const settings = meta === null ? {} : { meta };
    const { id } = await tx.trainingJob.create({
      data: { ...job, ...settings, seed: BigInt(seed), deadline, startFromId: startFrom, state: 'queued' },
    });
    return this.read(job.projectId, id, tx);
  }

  async find(projectId: string, id: string, tx: Tx = this.db.prisma): Promise<TrainingJob | null> {
    const row = await tx.trainingJob.findFirst({ where: { projectId, id }, include: RELATED });
    return row && toTrainingJob(row, await this.viewOf([row], tx));
  }

  async list(projectId: string, query: ListTrainingJobsQuery): Promise<Page<TrainingJob>> {
    const { prisma } = this.db;
    const request = { query, scope: [projectId], ...(await jobFilters(prisma, projectId, query)) };
    return readPage(prisma, TRAINING_JOBS, request, async (ids) => {
      const rows = await prisma.trainingJob.findMany({ where: { id: { in: ids } }, include: RELATED });
      const view = await this.viewOf(rows, prisma);
      return rows.map((row) => toTrainingJob(row, view));
    });
  }

  async stateOf(projectId: string, id: string): Promise<JobState | null> {
    const row = await this.db.prisma.trainingJob.findFirst({ where: { projectId, id }, select: { state: true } });
    return row && row.state;
  }

  /** Reads what decides about a job's next step, and keeps others from taking one until the transaction ends. */
  async lock(tx: Tx, { projectId, id }: OwnedJob): Promise<JobCondition | null> {
    await tx.$queryRaw`SELECT 1 FROM training_jobs WHERE id = ${id} AND project_id = ${projectId} FOR UPDATE`;
    return tx.trainingJob.findFirst({ where: { projectId, id }, select: { state: true, pauseRequested: true } });
  }

  /** Takes a step with a locked job. @returns the job after it */
  async take(tx: Tx, { projectId, id }: OwnedJob, step: JobStep, now = new Date()): Promise<TrainingJob> {
    const state = stateAfter(step);
    await tx.trainingJob.update({ where: { id }, data: { ...(state ? { state } : {}), ...changeOf(step, now) } });
    if (step === 'start-again')
      await tx.trainingJob.updateMany({ where: { id, deadline: { lte: now } }, data: { deadline: null } });
    return this.read(projectId, id, tx);
  }

  /** Jobs that nobody trains and whose deadline has passed, the most overdue first. */
  async overdue(limit: number, now = new Date()): Promise<OwnedJob[]> {
    return this.db.prisma.trainingJob.findMany({
      where: overdueAt(now),
      orderBy: { deadline: 'asc' },
      take: limit,
      select: { id: true, projectId: true },
    });
  }

  /** Closes an overdue job. @returns whether it still was: a trainer or another replica may have been faster */
  async expire(tx: Tx, id: string, { code, message, retryable }: JobFault, now = new Date()): Promise<boolean> {
    const error = { errorCode: code, errorMessage: message, errorRetryable: retryable };
    const { count } = await tx.trainingJob.updateMany({
      where: { id, ...overdueAt(now) },
      data: { state: 'failed', estimatedFinish: null, finishedAt: now, ...error },
    });
    return count === 1;
  }

  /** How many jobs wait that would be taken before a new one of this priority. */
  countAhead({ accelerator, priority }: { accelerator: Accelerator; priority: number }): Promise<number> {
    return this.db.prisma.trainingJob.count({ where: { state: 'queued', accelerator, priority: { gte: priority } } });
  }

  private async read(projectId: string, id: string, tx: Tx): Promise<TrainingJob> {
    const job = await this.find(projectId, id, tx);
    if (!job) throw new Error(`training job ${id} vanished`);
    return job;
  }

  private async viewOf(rows: readonly TrainingJobRow[], tx: Tx): Promise<QueueView> {
    const queued = rows.filter(({ state }) => state === 'queued').map(({ id }) => id);
    if (queued.length === 0) return { places: new Map(), trainers: { any: false, gpu: false } };
    return { places: await placesOf(queued, tx), trainers: await this.trainers.presence(tx) };
  }
}

/**
 * Places in the line. As the queues keep it: one line for each kind of trainer; the higher priority first, then who is
 * in the line for longer. A job that a trainer hands back keeps its time, and returns to the front of its equals. No more
 * of a line is read than its places are shown.
 */
const placesOf = async (ids: readonly string[], tx: Tx): Promise<ReadonlyMap<string, number>> => {
  const places = await tx.$queryRaw<{ id: string; place: number }[]>`
    SELECT id, place FROM unnest(${acceleratorSchema.options}::text[]) AS kind(name) CROSS JOIN LATERAL (
      SELECT id, row_number() OVER (ORDER BY priority DESC, queued_at, id)::int AS place
      FROM training_jobs WHERE state = 'queued' AND accelerator = kind.name
      ORDER BY priority DESC, queued_at, id LIMIT ${PLACES_SHOWN}
    ) line WHERE id = ANY (${ids})`;
  return new Map(places.map(({ id, place }) => [id, place]));
};

const overdueAt = (now: Date): Prisma.TrainingJobWhereInput => ({
  state: { in: ['queued', 'paused'] },
  deadline: { lte: now },
});

/** What a step writes besides the state. */
const changeOf = (step: JobStep, now: Date): Prisma.TrainingJobUpdateInput => {
  switch (step) {
    case 'cancel':
      return { leaseToken: null, pauseRequested: false, estimatedFinish: null, finishedAt: now };
    case 'pause-now':
      return { estimatedFinish: null };
    case 'ask-for-pause':
      return { pauseRequested: true };
    case 'withdraw-pause':
      return { pauseRequested: false };
    case 'continue':
      return { queuedAt: now };
    case 'start-again':
      return { queuedAt: now, attempt: 0, finishedAt: null, ...NO_ERROR, ...NO_PROGRESS };
  }
};

const NO_ERROR = { errorCode: null, errorMessage: null, errorRetryable: null } as const;
const NO_PROGRESS = { step: null, steps: null, epoch: null, loss: null } as const;
