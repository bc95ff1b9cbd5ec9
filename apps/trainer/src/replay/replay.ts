import { readFile } from 'node:fs/promises';
import { decodeModulator, digestOf, MAX_MODULATOR_BYTES } from '@kernelcast/artifact';
import type { Digest } from '@kernelcast/contracts';
import { readBlob, type ObjectStore } from '@kernelcast/storage';
import { ulid } from 'ulid';
import { TrainingProcess } from '../child-process/training-process.js';
import { PROCESSORS } from '../devices/find-devices.js';
import type { BlobCache } from '../inputs/blob-cache.js';
import { fetchInputs } from '../inputs/fetch-inputs.js';
import { toTrainingSpec } from '../training-jobs/training-spec.js';
import type { WorkFolders } from '../training-jobs/work-folders.js';
import { compareArtifacts } from './compare-artifacts.js';
import { ReplayError, type RecordedRun, type ReplayRepository } from './replay.repository.js';

export interface ReplayTools {
  readonly repository: ReplayRepository;
  readonly store: ObjectStore;
  readonly blobs: BlobCache;
  readonly folders: WorkFolders;
  /** Compiled entry of the training process. */
  readonly childEntry: string;
  readonly nativeFolder: string | undefined;
  /** Milliseconds without a word after which the training is taken for stuck. */
  readonly silenceMs: number;
  readonly onProgress?: (text: string) => void;
}

export interface Replay {
  readonly run: RecordedRun;
  readonly digest: Digest;
  readonly same: boolean;
  /** What sets the two artifacts apart. */
  readonly differences: readonly string[];
}

/** No checkpoint is wanted. */
const NEVER_MS = 2 ** 31 - 1;
const TRAINED_BY = /^kernelcast (\S+), /;

/**
 * Runs the job of a version again, from the records and the stored inputs alone, on the backend and the threads it was
 * trained on, and compares the artifact. Nothing is written to the registry.
 *
 * @param id - of a modulator version or of a job
 * @throws {ReplayError} when it cannot be run again here
 */
export async function replay(id: string, tools: ReplayTools): Promise<Replay> {
  const run = await tools.repository.find(id);
  const recorded = await readBlob(tools.store, run.digest, MAX_MODULATOR_BYTES);
  const replayed = await tools.folders.lend(`replay-${ulid()}`, (folder) => trainAgain(run, recorded, folder, tools));
  const digest = await digestOf(replayed);
  const same = digest === run.digest;
  return { run, digest, same, differences: same ? [] : compareArtifacts(recorded, replayed) };
}

async function trainAgain(run: RecordedRun, recorded: Uint8Array, workDir: string, tools: ReplayTools) {
  const { definition, backend, threads } = run;
  const inputs = await fetchInputs(definition, workDir, { blobs: tools.blobs });
  // Version and backend are part of the artifact: a newer trainer says the same of itself as the one then.
  const version = TRAINED_BY.exec(decodeModulator(recorded).trainedBy)?.[1];
  if (version === undefined) throw new ReplayError('its artifact does not say what it was trained by');
  const spec = toTrainingSpec(
    { ...definition, ranOn: { backend, threads } },
    {
      inputs,
      workDir,
      device: PROCESSORS,
      settings: {
        backend,
        nativeFolder: tools.nativeFolder,
        threads: 1,
        version,
        checkpointEveryMs: NEVER_MS,
        checkpointEverySteps: undefined,
      },
    },
  );
  const end = await new TrainingProcess({ entry: tools.childEntry }).train(spec, {
    silenceMs: tools.silenceMs,
    onMessage: (message) => {
      if (message.type === 'progress') tools.onProgress?.(`step ${message.step} of ${message.steps}`);
    },
  });
  if (end.type !== 'done') throw new ReplayError('message' in end ? end.message : `it ended as ${end.type}`);
  return readFile(end.artifactPath);
}
