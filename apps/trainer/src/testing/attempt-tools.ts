import path from 'node:path';
import { createLogger, type Logger } from '@kernelcast/platform';
import { BlobCache } from '../inputs/blob-cache.js';
import type { AttemptSettings, AttemptTools } from '../training-jobs/attempt.types.js';
import { CheckpointStore } from '../training-jobs/checkpoint-store.js';
import { TrainingJobsRepository } from '../training-jobs/training-jobs.repository.js';
import { WorkFolders } from '../training-jobs/work-folders.js';
import type { TrainingFixture } from './training-fixture.js';

/** The child runs outside of the test runner, so it is the built one: `npx nx build trainer`. */
export const BUILT = path.resolve(import.meta.dirname, '../../dist');

/** What a trainer of its own, with its own cache, would work with on the fixture's database and store. */
export function attemptTools(
  fixture: TrainingFixture,
  settings: Partial<AttemptSettings> = {},
  logger: Logger = createLogger({ service: 'trainer', level: 'silent' }),
): AttemptTools {
  const { database, store, folder } = fixture;
  const cache = path.join(folder, 'cache');
  return {
    repository: new TrainingJobsRepository(database),
    store,
    blobs: new BlobCache(cache, store),
    checkpoints: new CheckpointStore(store),
    folders: new WorkFolders(cache),
    logger,
    settings: {
      childEntry: path.join(BUILT, 'training-child/main.js'),
      checkpointEveryMs: 200,
      backend: undefined,
      nativeFolder: undefined,
      threads: 1,
      version: '0.0.0-test',
      stopGraceMs: 10_000,
      ...settings,
    },
  };
}
