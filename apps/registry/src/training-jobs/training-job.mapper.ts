import {
  acceleratorSchema,
  budgetSchema,
  evaluationSchema,
  hyperparametersSchema,
  jobErrorCodeSchema,
  metaMetricsSchema,
  metaSettingsSchema,
  methodSchema,
  scenarioSchema,
  type TrainingJob,
} from '@kernelcast/contracts';
import type { Prisma } from '@kernelcast/database';
import type { Presence } from '../trainers/trainers.repository.js';
import { pendingReasonOf } from './pending-reason.js';

/** What is read along with a job's row. */
export const RELATED = {
  task: { select: { name: true } },
  result: { select: { id: true } },
  madeBase: { select: { id: true } },
} as const;
export type TrainingJobRow = Prisma.TrainingJobGetPayload<{ include: typeof RELATED }>;

/** What a job's row does not say by itself. */
export interface QueueView {
  /** Places of queued jobs by their ids, 1 is next. */
  readonly places: ReadonlyMap<string, number>;
  readonly trainers: Presence;
}

export const toTrainingJob = (row: TrainingJobRow, { places, trainers }: QueueView): TrainingJob => {
  const accelerator = acceleratorSchema.parse(row.accelerator);
  return {
    id: row.id,
    taskId: row.taskId,
    taskName: row.task?.name ?? null,
    outputName: row.outputName,
    datasetVersionId: row.datasetVersionId,
    baseNetworkId: row.baseNetworkId,
    method: methodSchema.parse(row.method),
    scenario: scenarioSchema.parse(row.scenario),
    hyperparameters: hyperparametersSchema.parse(row.hyperparameters),
    meta: metaSettingsSchema.nullable().parse(row.meta),
    budget: budgetSchema.parse(row.budget),
    seed: Number(row.seed),
    state: row.state,
    attempt: row.attempt,
    priority: row.priority,
    deadline: toTime(row.deadline),
    startFrom: row.startFromId,
    accelerator,
    queuePosition: places.get(row.id) ?? null,
    pendingReason: pendingReasonOf({ ...row, accelerator }, trainers),
    loss: row.loss,
    estimatedFinishAt: toTime(row.estimatedFinish),
    backend: row.backend,
    threads: row.threads,
    ...outcomeOf(row),
    createdAt: row.createdAt.toISOString(),
    startedAt: toTime(row.startedAt),
    finishedAt: toTime(row.finishedAt),
  };
};

type Outcome = 'progress' | 'metrics' | 'metaMetrics' | 'result' | 'error';

const outcomeOf = (row: TrainingJobRow): Pick<TrainingJob, Outcome> => {
  const { step, steps, epoch, errorCode, errorMessage, errorRetryable } = row;
  const isMeta = row.scenario === 'meta';
  const started = step !== null && steps !== null;
  return {
    progress: started ? { step, steps, epoch: epoch ?? 0 } : null,
    metrics: isMeta ? null : evaluationSchema.nullable().parse(row.metrics),
    metaMetrics: isMeta ? metaMetricsSchema.nullable().parse(row.metrics) : null,
    result: row.result ? { modulatorVersion: row.result.id } : row.madeBase && { baseNetwork: row.madeBase.id },
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
