import {
  acceleratorSchema,
  budgetSchema,
  evaluationSchema,
  hyperparametersSchema,
  jobErrorCodeSchema,
  methodSchema,
  type JobState,
  type PageQuery,
  type TrainingJob,
} from '@kernelcast/contracts';
import { Database, type Prisma, type Tx } from '@kernelcast/database';
import { Injectable } from '@nestjs/common';
import { afterCursor, newestFirst } from '../paging/paging.js';

export type NewTrainingJob = Pick<
  TrainingJob,
  'id' | 'taskId' | 'datasetVersionId' | 'baseNetworkId' | 'method' | 'scenario' | 'hyperparameters' | 'budget' | 'seed'
> & { readonly createdBy: string };

export interface TrainingJobsFilter extends PageQuery {
  readonly state?: JobState;
  /** Id or name of a task. */
  readonly task?: string;
}

const related = { task: { select: { name: true } }, result: { select: { id: true } } } as const;
type Row = Prisma.TrainingJobGetPayload<{ include: typeof related }>;

@Injectable()
export class TrainingJobsRepository {
  constructor(private readonly db: Database) {}

  async create(tx: Tx, { seed, ...job }: NewTrainingJob): Promise<TrainingJob> {
    const { id } = await tx.trainingJob.create({ data: { ...job, seed: BigInt(seed), state: 'queued' } });
    return this.read(id, tx);
  }

  async find(id: string, tx: Tx = this.db.prisma): Promise<TrainingJob | null> {
    const row = await tx.trainingJob.findUnique({ where: { id }, include: related });
    if (!row) return null;
    const positions = await this.positionsOf([row], tx);
    return toTrainingJob(row, positions);
  }

  async list({ state, task, ...page }: TrainingJobsFilter): Promise<TrainingJob[]> {
    const rows = await this.db.prisma.trainingJob.findMany({
      where: {
        ...afterCursor(page),
        ...(state === undefined ? {} : { state }),
        ...(task === undefined ? {} : { task: { OR: [{ id: task }, { name: task }] } }),
      },
      ...newestFirst(page),
      include: related,
    });
    const positions = await this.positionsOf(rows, this.db.prisma);
    return rows.map((row) => toTrainingJob(row, positions));
  }

  /** Ends a job that has not ended, and with it the lease of the trainer that runs it. @returns whether it did. */
  async cancel(tx: Tx, id: string): Promise<boolean> {
    const { count } = await tx.trainingJob.updateMany({
      where: { id, state: { in: ['queued', 'running', 'evaluating', 'paused'] } },
      data: { state: 'cancelled', leaseToken: null, estimatedFinish: null, finishedAt: new Date() },
    });
    return count === 1;
  }

  private async read(id: string, tx: Tx): Promise<TrainingJob> {
    const job = await this.find(id, tx);
    if (!job) throw new Error(`training job ${id} vanished`);
    return job;
  }

  /** Places in the queue, 1 is next: jobs are taken in the order of their making. */
  private async positionsOf(rows: readonly Row[], tx: Tx): Promise<ReadonlyMap<string, number>> {
    const queued = rows.filter(({ state }) => state === 'queued').map(({ id }) => id);
    if (queued.length === 0) return new Map();
    const places = await tx.$queryRaw<{ id: string; place: number }[]>`
      SELECT id, place FROM (
        SELECT id, row_number() OVER (ORDER BY created_at, id)::int AS place FROM training_jobs WHERE state = 'queued'
      ) queue WHERE id = ANY (${queued})`;
    return new Map(places.map(({ id, place }) => [id, place]));
  }
}

const toTrainingJob = (row: Row, positions: ReadonlyMap<string, number>): TrainingJob => ({
  id: row.id,
  taskId: row.taskId,
  taskName: row.task.name,
  datasetVersionId: row.datasetVersionId,
  baseNetworkId: row.baseNetworkId,
  method: methodSchema.parse(row.method),
  scenario: 'transfer',
  hyperparameters: hyperparametersSchema.parse(row.hyperparameters),
  budget: budgetSchema.parse(row.budget),
  seed: Number(row.seed),
  state: row.state,
  attempt: row.attempt,
  priority: row.priority,
  deadline: toTime(row.deadline),
  startFrom: row.startFromId,
  accelerator: acceleratorSchema.parse(row.accelerator),
  pendingReason: null,
  threads: row.threads,
  queuePosition: positions.get(row.id) ?? null,
  loss: row.loss,
  estimatedFinishAt: toTime(row.estimatedFinish),
  backend: row.backend,
  result: row.result && { modulatorVersion: row.result.id },
  ...outcomeOf(row),
  createdAt: row.createdAt.toISOString(),
  startedAt: toTime(row.startedAt),
  finishedAt: toTime(row.finishedAt),
});

const outcomeOf = (row: Row): Pick<TrainingJob, 'progress' | 'metrics' | 'error'> => {
  const { step, steps, epoch, errorCode, errorMessage, errorRetryable } = row;
  const started = step !== null && steps !== null;
  return {
    progress: started ? { step, steps, epoch: epoch ?? 0 } : null,
    metrics: evaluationSchema.nullable().parse(row.metrics),
    error:
      errorCode === null
        ? null
        : {
            code: jobErrorCodeSchema.catch('internal').parse(errorCode),
            message: errorMessage ?? '',
            retryable: errorRetryable ?? false,
          },
  };
};

const toTime = (time: Date | null): string | null => time?.toISOString() ?? null;
