import type { Device } from '../devices/device.types.js';
import type { InputFiles } from '../inputs/fetch-inputs.js';
import type { TaskSpec, TrainingSpec } from '../training-child/messages.js';
import type { AttemptSettings } from './attempt.types.js';
import type { JobDefinition, MetaDefinition, RanOn } from './training-jobs.types.js';

/** Half precision loses nothing measurable against single, at half the bytes to deliver. */
const ENCODING: TaskSpec['encoding'] = 'f16';

export interface SpecOptions {
  readonly inputs: InputFiles;
  readonly workDir: string;
  readonly settings: Pick<
    AttemptSettings,
    'backend' | 'nativeFolder' | 'threads' | 'version' | 'checkpointEveryMs' | 'checkpointEverySteps'
  >;
  readonly device: Device;
}

/** A job as its training process needs it. */
export function toTrainingSpec(
  job: (JobDefinition | MetaDefinition) & { readonly ranOn?: RanOn; readonly wantsProbe?: boolean },
  { inputs, workDir, settings, device }: SpecOptions,
): TrainingSpec {
  const { checkpointEveryMs, checkpointEverySteps, nativeFolder, version } = settings;
  const { base, datasetPath, startFromPath, startPath, rival } = inputs;
  const common = {
    jobId: job.jobId,
    method: job.method,
    budget: job.budget,
    seed: job.seed,
    base,
    datasetPath,
    checkpointEveryMs,
    checkpointEverySteps,
    backend: settings.backend ?? device.backend,
    nativeFolder,
    // A job that was begun on so many threads goes on with them: another number would give another result.
    threads: job.ranOn?.threads ?? settings.threads,
    version,
    workDir,
  };
  if (job.scenario === 'meta') return { ...common, scenario: job.scenario, settings: job.settings };
  const { scenario, task, labels, hyperparameters, searchSeconds } = job;
  const own = { scenario, task, labels: [...labels], hyperparameters, searchSeconds, encoding: ENCODING };
  return { ...common, ...own, startFromPath, startPath, rival, wantsProbe: job.wantsProbe };
}
