import { budgetSchema, DEFAULT_PARAMS_RATIO, digestSchema, hyperparametersSchema } from '@kernelcast/contracts';
import type { Prisma } from '@kernelcast/database';
import type { JobDefinition, Lease, LeasedJob, RivalVersion } from './training-jobs.types.js';

/** What belongs to a job beside its own columns. */
export const DEFINITION_PARTS = {
  task: { select: { name: true, labels: true } },
  baseNetwork: { select: { digest: true, graphDigest: true, weightsDigest: true } },
  datasetVersion: { select: { digest: true } },
  startFrom: { select: { digest: true } },
} as const;

export const LEASE_PARTS = {
  ...DEFINITION_PARTS,
  checkpoints: { select: { key: true, step: true }, orderBy: { id: 'desc' } },
} as const;

type DefinitionRow = Prisma.TrainingJobGetPayload<{ include: typeof DEFINITION_PARTS }>;
type LeaseRow = Prisma.TrainingJobGetPayload<{ include: typeof LEASE_PARTS }>;

/** What the row says of the training. @throws ZodError when it breaks the contract */
export function toJobDefinition(row: DefinitionRow): JobDefinition {
  const { task, baseNetwork, datasetVersion, startFrom } = row;
  const { bytes, paramsRatio = DEFAULT_PARAMS_RATIO, seconds: searchSeconds } = budgetSchema.parse(row.budget);
  return {
    jobId: row.id,
    task: task.name,
    labels: task.labels,
    base: {
      digest: digestSchema.parse(baseNetwork.digest),
      graphDigest: digestSchema.parse(baseNetwork.graphDigest),
      weightsDigest: digestSchema.parse(baseNetwork.weightsDigest),
    },
    datasetDigest: digestSchema.parse(datasetVersion.digest),
    startFromDigest: startFrom === null ? undefined : digestSchema.parse(startFrom.digest),
    method: row.method,
    budget: bytes === undefined ? { paramsRatio } : { bytes },
    hyperparameters: hyperparametersSchema.parse(row.hyperparameters),
    searchSeconds,
    seed: Number(row.seed),
  };
}

const toLeasedJob = (row: LeaseRow, lease: Lease, rival: RivalVersion | undefined): LeasedJob => ({
  ...toJobDefinition(row),
  rival,
  lease,
  taskId: row.taskId,
  baseNetworkId: row.baseNetworkId,
  deadline: row.deadline ?? undefined,
  checkpoints: row.checkpoints,
  ranOn: { backend: row.backend ?? undefined, threads: row.threads ?? undefined },
});

/** A row that breaks the contract is a fault of whoever wrote it, and no later attempt would read it better. */
export function readLeasedJob(row: LeaseRow, lease: Lease, rival: RivalVersion | undefined): LeasedJob | Error {
  try {
    return toLeasedJob(row, lease, rival);
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}
