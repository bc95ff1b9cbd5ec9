import type {
  BaseNetwork,
  Budget,
  CreateTrainingJob,
  TrainingJob,
  UpgradeRemark,
  VersionState,
} from '@kernelcast/contracts';

/** A version of a task on the old base network. */
export interface UpgradeCandidate {
  readonly id: string;
  readonly version: number;
  readonly state: VersionState;
  readonly size: number;
  readonly trainingJobId: string;
  /** Names that point to it. */
  readonly aliases: readonly string[];
}

export interface Chosen extends UpgradeCandidate {
  /** By which it was chosen. */
  readonly alias: string | null;
}

/** Aliases by which a task's version in use is told, the first that there is. */
const PREFERRED = ['production', 'champion'];
const TURNED_DOWN: readonly VersionState[] = ['rejected', 'revoked', 'quarantined'];

/** The version whose job is to be repeated: that of an alias, else the newest approved one, else the newest. */
export const chooseVersion = (versions: readonly UpgradeCandidate[]): Chosen | null => {
  const newest = [...versions]
    .filter(({ state }) => !TURNED_DOWN.includes(state))
    .sort((a, b) => b.version - a.version);
  for (const alias of [...PREFERRED, ...new Set(newest.flatMap(({ aliases }) => aliases))]) {
    const named = newest.find(({ aliases }) => aliases.includes(alias));
    if (named) return { ...named, alias };
  }
  const chosen = newest.find(({ state }) => state === 'approved') ?? newest[0];
  return chosen ? { ...chosen, alias: null } : null;
};

type BaseOf = Pick<BaseNetwork, 'id' | 'name' | 'parameters' | 'inputHeight' | 'inputWidth' | 'startDigest'>;

export interface Repetition {
  readonly job: CreateTrainingJob;
  /** Why it cannot be ordered, as far as these rules can tell. */
  readonly obstacles: readonly UpgradeRemark[];
  readonly notCarried: readonly UpgradeRemark[];
}

/** The same job on another base network: dataset version, method, scenario, budget, settings and seed stay. */
export const repeatOn = (
  job: TrainingJob,
  { from, to }: { readonly from: BaseOf; readonly to: BaseOf },
): Repetition => ({
  job: {
    ...(job.taskId === null ? {} : { task: job.taskId }),
    datasetVersion: job.datasetVersionId,
    baseNetwork: to.id,
    method: job.method,
    scenario: job.scenario,
    hyperparameters: job.hyperparameters,
    // Of a few-shot job the base network prescribes it.
    ...(job.scenario === 'few-shot' ? {} : { budget: job.budget }),
    seed: job.seed,
    priority: job.priority,
    deadline: null,
    startFrom: null,
    accelerator: job.accelerator,
    dryRun: false,
  },
  obstacles: startObstacles(job, to),
  notCarried: [...lostSettings(job), ...otherSizes(job.budget, from, to)],
});

const startObstacles = ({ scenario }: TrainingJob, to: BaseOf): UpgradeRemark[] => {
  if (scenario !== 'few-shot' || to.startDigest !== null) return [];
  return [{ code: 'start_missing', detail: `"${to.name}" was not meta-trained, and the job is a few-shot job` }];
};

const lostSettings = ({ startFrom, deadline }: TrainingJob): UpgradeRemark[] => [
  ...(startFrom === null
    ? []
    : [{ code: 'warm_start', detail: `${startFrom} is on the old base network; training begins anew` }]),
  ...(deadline === null ? [] : [{ code: 'deadline', detail: `${deadline} was that of the old job` }]),
];

const otherSizes = (budget: Budget, from: BaseOf, to: BaseOf): UpgradeRemark[] => {
  const [before, after] = [from, to].map(({ inputHeight, inputWidth }) => `${inputWidth}×${inputHeight}`);
  const isRatio = budget.bytes === undefined && from.parameters !== to.parameters;
  const parameters = `the same share is of ${to.parameters} parameters, not ${from.parameters}`;
  return [
    ...(before === after ? [] : [{ code: 'input_size', detail: `images are scaled to ${after}, not ${before}` }]),
    ...(isRatio ? [{ code: 'modulator_size', detail: parameters }] : []),
  ];
};
