import os from 'node:os';
import { fileURLToPath } from 'node:url';
import { Module, type DynamicModule } from '@nestjs/common';
import { Database } from '@kernelcast/database';
import { createQueueSystem } from '@kernelcast/queue';
import { OBJECT_STORE, type ObjectStore } from '@kernelcast/storage';
import { Registry } from 'prom-client';
import type { TrainerOptions } from '../app.module.js';
import { BlobCache } from '../inputs/blob-cache.js';
import type { AttemptTools } from './attempt.types.js';
import { CheckpointStore } from './checkpoint-store.js';
import { TrainingJobsConsumer } from './training-jobs.consumer.js';
import { TrainingJobsRepository } from './training-jobs.repository.js';
import { WorkFolders } from './work-folders.js';

/** A step takes fractions of a second; the rest of the service's grace is for storing the checkpoint. */
const STOP_GRACE_MS = 10_000;
const CHILD_ENTRY = fileURLToPath(new URL('../training-child/main.js', import.meta.url));

/** Jobs run at once share the processors. */
const threadsOfJob = (concurrency: number) => Math.max(1, Math.floor(os.availableParallelism() / concurrency));

const createTools = (
  { config, logger, version }: TrainerOptions,
  repository: TrainingJobsRepository,
  store: ObjectStore,
): AttemptTools => ({
  repository,
  store,
  blobs: new BlobCache(config.KERNELCAST_CACHE_DIR, store),
  checkpoints: new CheckpointStore(store),
  folders: new WorkFolders(config.KERNELCAST_CACHE_DIR),
  logger,
  settings: {
    childEntry: CHILD_ENTRY,
    checkpointEveryMs: config.KERNELCAST_CHECKPOINT_INTERVAL_MS,
    backend: config.KERNELCAST_BACKEND,
    nativeFolder: config.KERNELCAST_NATIVE_DIR,
    threads: config.KERNELCAST_TRAINER_THREADS ?? threadsOfJob(config.KERNELCAST_TRAINER_CONCURRENCY),
    version,
    stopGraceMs: STOP_GRACE_MS,
  },
});

/** Consumes the queue of training jobs for as long as the application lives. */
@Module({})
export class TrainingJobsModule {
  static forRoot(options: TrainerOptions): DynamicModule {
    const { config } = options;
    return {
      module: TrainingJobsModule,
      providers: [
        {
          provide: TrainingJobsConsumer,
          inject: [Database, OBJECT_STORE, Registry],
          useFactory: (database: Database, store: ObjectStore, metrics: Registry) =>
            new TrainingJobsConsumer({
              tools: createTools(options, new TrainingJobsRepository(database), store),
              queues: createQueueSystem({
                databaseUrl: config.DATABASE_URL,
                redisUrl: config.REDIS_URL,
                logger: options.logger,
              }),
              concurrency: config.KERNELCAST_TRAINER_CONCURRENCY,
              metrics,
            }),
        },
      ],
    };
  }
}
