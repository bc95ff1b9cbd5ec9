import { fileURLToPath } from 'node:url';
import { createDatabase } from '@kernelcast/database';
import { createObjectStore, storageConfigFrom } from '@kernelcast/storage';
import { readTrainerConfig } from '../config/trainer.config.js';
import { BlobCache } from '../inputs/blob-cache.js';
import { WorkFolders } from '../training-jobs/work-folders.js';
import { describeReplay } from './describe-replay.js';
import { replay } from './replay.js';
import { ReplayRepository } from './replay.repository.js';

/** Exit codes: the digests are the same, they differ, the job could not be run again. */
const SAME = 0;
const DIFFERENT = 1;
const IMPOSSIBLE = 2;

const [id] = process.argv.slice(2);

async function run(versionOrJob: string): Promise<number> {
  const config = readTrainerConfig();
  const database = createDatabase(config.DATABASE_URL, { max: 2 });
  const store = createObjectStore(storageConfigFrom(config));
  try {
    const result = await replay(versionOrJob, {
      repository: new ReplayRepository(database),
      store,
      blobs: new BlobCache(config.KERNELCAST_CACHE_DIR, store, config.KERNELCAST_CACHE_BYTES),
      folders: new WorkFolders(config.KERNELCAST_CACHE_DIR),
      childEntry: fileURLToPath(new URL('../training-child/main.js', import.meta.url)),
      nativeFolder: config.KERNELCAST_NATIVE_DIR,
      silenceMs: config.KERNELCAST_CHILD_SILENCE_MS,
      onProgress: (text) => process.stderr.write(`· ${text}\n`),
    });
    process.stdout.write(`${describeReplay(result)}\n`);
    return result.same ? SAME : DIFFERENT;
  } finally {
    await database.close();
    await store.close();
  }
}

try {
  if (id === undefined) throw new Error('Which one? Give the id of a modulator version or of a training job.');
  process.exitCode = await run(id);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = IMPOSSIBLE;
}
