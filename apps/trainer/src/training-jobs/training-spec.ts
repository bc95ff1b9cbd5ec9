import type { Device } from '../devices/device.types.js';
import type { InputFiles } from '../inputs/fetch-inputs.js';
import type { TrainingSpec } from '../training-child/messages.js';
import type { AttemptSettings } from './attempt.types.js';
import type { JobDefinition, RanOn } from './training-jobs.types.js';

/** Half precision loses nothing measurable against single, at half the bytes to deliver. */
const ENCODING: TrainingSpec['encoding'] = 'f16';

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
  job: JobDefinition & { readonly ranOn?: RanOn },
  { inputs, workDir, settings, device }: SpecOptions,
): TrainingSpec {
  const { checkpointEveryMs, checkpointEverySteps, nativeFolder, version } = settings;
  return {
    jobId: job.jobId,
    task: job.task,
    labels: [...job.labels],
    method: job.method,
    budget: job.budget,
    hyperparameters: job.hyperparameters,
    searchSeconds: job.searchSeconds,
    seed: job.seed,
    encoding: ENCODING,
    ...inputs,
    checkpointEveryMs,
    checkpointEverySteps,
    backend: settings.backend ?? device.backend,
    nativeFolder,
    // A job that was begun on so many threads goes on with them: another number would give another result.
    threads: job.ranOn?.threads ?? settings.threads,
    version,
    workDir,
  };
}
