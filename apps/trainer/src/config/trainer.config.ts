import os from 'node:os';
import path from 'node:path';
import { environmentShapes, readConfig } from '@kernelcast/platform';
import { z } from 'zod';

const SECOND_MS = 1000;

/** The trainer's environment, read once, at boot. */
const configSchema = z.object({
  ...environmentShapes.http,
  ...environmentShapes.logging,
  ...environmentShapes.database,
  ...environmentShapes.redis,
  ...environmentShapes.objectStore,
  /** Local copies of base networks and datasets, and the files of running jobs. */
  KERNELCAST_CACHE_DIR: z.string().default(path.join(os.tmpdir(), 'kernelcast-trainer')),
  /** Compute backend to insist on: tfjs-node-gpu, tfjs-node, wasm or cpu; the best that loads by default. */
  KERNELCAST_BACKEND: z.string().optional(),
  /** Folder of a native TensorFlow build (tools/native-backend), for installations that do not have it as a package. */
  KERNELCAST_NATIVE_DIR: z.string().min(1).optional(),
  /** Jobs trained at once, each in a process of its own. */
  KERNELCAST_TRAINER_CONCURRENCY: z.coerce.number().int().min(1).max(256).default(os.availableParallelism()),
  /** Threads of each job; by default, the jobs that may run at once share the processors. */
  KERNELCAST_TRAINER_THREADS: z.coerce.number().int().min(1).max(256).optional(),
  /** Milliseconds between two checkpoints: how much work a crash may cost. */
  KERNELCAST_CHECKPOINT_INTERVAL_MS: z.coerce
    .number()
    .int()
    .min(10)
    .default(10 * SECOND_MS),
});
export type TrainerConfig = z.infer<typeof configSchema>;

/** @throws ConfigError with all faults at once */
export const readTrainerConfig = (environment?: Readonly<Record<string, string | undefined>>): TrainerConfig =>
  readConfig(configSchema, environment);
