import {
  budgetSchema,
  DEFAULT_PARAMS_RATIO,
  digestSchema,
  gatesSchema,
  hyperparametersSchema,
  metaSettingsSchema,
  scenarioSchema,
  slugSchema,
} from '@kernelcast/contracts';
import type { Prisma } from '@kernelcast/database';
import type { JobDefinition, Lease, LeasedJob, MetaDefinition, RivalVersion } from './training-jobs.types.js';

/** What belongs to a job beside its own columns. */
export const DEFINITION_PARTS = {
  task: { select: { name: true, labels: true } },
  baseNetwork: { select: { digest: true, graphDigest: true, weightsDigest: true, startDigest: true } },
  datasetVersion: { select: { digest: true } },
  startFrom: { select: { digest: true } },
} as const;

export const LEASE_PARTS = {
  ...DEFINITION_PARTS,
  task: { select: { name: true, labels: true, gates: true } },
  checkpoints: { select: { key: true, step: true }, orderBy: { id: 'desc' } },
} as const;

type DefinitionRow = Prisma.TrainingJobGetPayload<{ include: typeof DEFINITION_PARTS }>;
type LeaseRow = Prisma.TrainingJobGetPayload<{ include: typeof LEASE_PARTS }>;

/** What the row of a job says that ends in a modulator. @throws ZodError when it breaks the contract */
export function toJobDefinition(row: DefinitionRow): JobDefinition {
  const { task, startFrom, baseNetwork } = row;
  if (task === null) throw new Error('it has no task');
  const { startDigest } = baseNetwork;
  return {
    ...toCommonDefinition(row),
    scenario: scenarioSchema.exclude(['meta']).parse(row.scenario),
    task: task.name,
    labels: task.labels,
    startFromDigest: startFrom === null ? undefined : digestSchema.parse(startFrom.digest),
    startDigest: startDigest === null ? undefined : digestSchema.parse(startDigest),
    hyperparameters: hyperparametersSchema.parse(row.hyperparameters),
    searchSeconds: budgetSchema.parse(row.budget).seconds,
  };
}

const toMetaDefinition = (row: DefinitionRow): MetaDefinition => ({
  ...toCommonDefinition(row),
  scenario: 'meta',
  outputName: slugSchema.parse(row.outputName),
  settings: metaSettingsSchema.parse(row.meta),
});

function toCommonDefinition(row: DefinitionRow): Omit<MetaDefinition, 'scenario' | 'outputName' | 'settings'> {
  const { baseNetwork, datasetVersion } = row;
  const { bytes, paramsRatio = DEFAULT_PARAMS_RATIO } = budgetSchema.parse(row.budget);
  return {
    jobId: row.id,
    base: {
      digest: digestSchema.parse(baseNetwork.digest),
      graphDigest: digestSchema.parse(baseNetwork.graphDigest),
      weightsDigest: digestSchema.parse(baseNetwork.weightsDigest),
    },
    datasetDigest: digestSchema.parse(datasetVersion.digest),
    method: row.method,
    budget: bytes === undefined ? { paramsRatio } : { bytes },
    seed: Number(row.seed),
  };
}

function toLeasedJob(row: LeaseRow, lease: Lease, rival: RivalVersion | undefined): LeasedJob {
  const leased = {
    lease,
    projectId: row.projectId,
    baseNetworkId: row.baseNetworkId,
    deadline: row.deadline ?? undefined,
    checkpoints: row.checkpoints,
    ranOn: { backend: row.backend ?? undefined, threads: row.threads ?? undefined },
  };
  if (row.taskId === null) return { ...toMetaDefinition(row), ...leased };
  const wantsProbe = gatesSchema.parse(row.task?.gates ?? {}).beatsHead !== undefined;
  return { ...toJobDefinition(row), ...leased, rival, wantsProbe, taskId: row.taskId };
}

/** A row that breaks the contract is a fault of whoever wrote it, and no later attempt would read it better. */
export function readLeasedJob(row: LeaseRow, lease: Lease, rival: RivalVersion | undefined): LeasedJob | Error {
  try {
    return toLeasedJob(row, lease, rival);
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}
