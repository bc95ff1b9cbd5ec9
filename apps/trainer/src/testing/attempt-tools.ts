import path from 'node:path';
import { createLogger, type Logger } from '@kernelcast/platform';
import { ProcessSupply } from '../child-process/process-supply.js';
import { BlobCache } from '../inputs/blob-cache.js';
import type { AttemptSettings, AttemptTools } from '../training-jobs/attempt.types.js';
import { CheckpointStore } from '../training-jobs/checkpoint-store.js';
import { CheckpointsRepository } from '../training-jobs/checkpoints.repository.js';
import { TrainingJobsRepository } from '../training-jobs/training-jobs.repository.js';
import { WorkFolders } from '../training-jobs/work-folders.js';
import type { TrainingFixture } from './training-fixture.js';

/** The child runs outside of the test runner, so it is the built one: `npx nx build trainer`. */
export const BUILT = path.resolve(import.meta.dirname, '../../dist');

/** Times that a job may take its worker down. */
const MAX_ATTEMPTS = 5;
export const CHECKPOINTS_KEPT = 3;
const CACHE_BYTES = 1e9;

interface ToolSettings extends AttemptSettings {
  /** Program of the training process. */
  readonly childEntry: string;
}

/** What a trainer of its own, with its own cache, would work with on the fixture's database and store. */
export function attemptTools(
  fixture: TrainingFixture,
  { childEntry = path.join(BUILT, 'training-child/main.js'), ...settings }: Partial<ToolSettings> = {},
  logger: Logger = createLogger({ service: 'trainer', level: 'silent' }),
): AttemptTools {
  const { database, store, folder } = fixture;
  const cache = path.join(folder, 'cache');
  return {
    repository: new TrainingJobsRepository(database, MAX_ATTEMPTS),
    store,
    blobs: new BlobCache(cache, store, CACHE_BYTES),
    checkpoints: new CheckpointStore(store, new CheckpointsRepository(database), CHECKPOINTS_KEPT),
    folders: new WorkFolders(cache),
    processes: new ProcessSupply({ entry: childEntry, logger }),
    logger,
    settings: {
      checkpointEveryMs: 200,
      checkpointEverySteps: undefined,
      backend: undefined,
      nativeFolder: undefined,
      threads: 1,
      version: '0.0.0-test',
      stopGraceMs: 10_000,
      silenceMs: 60_000,
      adriftAfterMs: 60_000,
      ...settings,
    },
  };
}
