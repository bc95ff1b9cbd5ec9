import os from 'node:os';
import { fileURLToPath } from 'node:url';
import { Module, type DynamicModule } from '@nestjs/common';
import { Database } from '@kernelcast/database';
import { createQueueSystem } from '@kernelcast/queue';
import { OBJECT_STORE, type ObjectStore } from '@kernelcast/storage';
import { Registry } from 'prom-client';
import type { TrainerOptions } from '../app.module.js';
import { ProcessSupply } from '../child-process/process-supply.js';
import { DevicePool } from '../devices/device-pool.js';
import { BlobCache } from '../inputs/blob-cache.js';
import { TrainerPresence } from '../presence/trainer-presence.js';
import type { AttemptSettings, AttemptTools } from './attempt.types.js';
import { CheckpointStore } from './checkpoint-store.js';
import { CheckpointsRepository } from './checkpoints.repository.js';
import { TrainingJobsConsumer } from './training-jobs.consumer.js';
import { TrainingJobsRepository } from './training-jobs.repository.js';
import { WorkFolders } from './work-folders.js';

/** A step takes fractions of a second; the rest of the service's grace is for storing the checkpoint. */
const STOP_GRACE_MS = 10_000;
const CHILD_ENTRY = fileURLToPath(new URL('../training-child/main.js', import.meta.url));

/** Jobs run at once share the processors. */
const threadsOfJob = (concurrency: number) => Math.max(1, Math.floor(os.availableParallelism() / concurrency));

const settingsOf = ({ config, version, devices }: TrainerOptions): AttemptSettings => ({
  checkpointEveryMs: config.KERNELCAST_CHECKPOINT_INTERVAL_MS,
  checkpointEverySteps: config.KERNELCAST_CHECKPOINT_STEPS,
  backend: config.KERNELCAST_BACKEND,
  nativeFolder: config.KERNELCAST_NATIVE_DIR,
  threads: config.KERNELCAST_TRAINER_THREADS ?? threadsOfJob(devices.slots.length),
  version,
  stopGraceMs: STOP_GRACE_MS,
  silenceMs: config.KERNELCAST_CHILD_SILENCE_MS,
  adriftAfterMs: config.KERNELCAST_LEASE_LOST_MS,
});

const supplyOf = (
  { config, logger }: TrainerOptions,
  { backend, nativeFolder, threads }: AttemptSettings,
): ProcessSupply => {
  const preparation = config.KERNELCAST_WARM_PROCESS ? { backend, nativeFolder, threads } : undefined;
  return new ProcessSupply({ entry: CHILD_ENTRY, preparation, logger });
};

const createTools = (options: TrainerOptions, database: Database, store: ObjectStore): AttemptTools => {
  const { config, logger } = options;
  const settings = settingsOf(options);
  return {
    repository: new TrainingJobsRepository(database, config.KERNELCAST_JOB_ATTEMPTS),
    store,
    blobs: new BlobCache(config.KERNELCAST_CACHE_DIR, store, config.KERNELCAST_CACHE_BYTES),
    checkpoints: new CheckpointStore(store, new CheckpointsRepository(database), config.KERNELCAST_CHECKPOINTS_KEPT),
    folders: new WorkFolders(config.KERNELCAST_CACHE_DIR),
    processes: supplyOf(options, settings),
    logger,
    settings,
  };
};

function createConsumer(options: TrainerOptions, database: Database, store: ObjectStore, metrics: Registry) {
  const { config, logger, version, backend, devices } = options;
  const { accelerator, slots } = devices;
  const pool = new DevicePool(slots);
  const concurrency = slots.length;
  const running = () => pool.lent;
  const presence = new TrainerPresence({ database, logger, version, backend, accelerator, concurrency, running });
  const queues = createQueueSystem({ databaseUrl: config.DATABASE_URL, redisUrl: config.REDIS_URL, logger });
  const tools = createTools(options, database, store);
  return new TrainingJobsConsumer({ tools, queues, devices: pool, accelerator, presence, metrics });
}

/** Consumes the queues of training jobs for as long as the application lives. */
@Module({})
export class TrainingJobsModule {
  static forRoot(options: TrainerOptions): DynamicModule {
    return {
      module: TrainingJobsModule,
      providers: [
        {
          provide: TrainingJobsConsumer,
          inject: [Database, OBJECT_STORE, Registry],
          useFactory: (database: Database, store: ObjectStore, metrics: Registry) =>
            createConsumer(options, database, store, metrics),
        },
      ],
    };
  }
}
