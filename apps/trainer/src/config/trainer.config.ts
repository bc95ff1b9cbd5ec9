import os from 'node:os';
import path from 'node:path';
import { environmentShapes, readConfig } from '@kernelcast/platform';
import { z } from 'zod';

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const GIB = 2 ** 30;

const count = (max: number) => z.coerce.number().int().min(1).max(max);
const milliseconds = (min: number) =>
  z.coerce
    .number()
    .int()
    .min(min)
    .max(2 ** 31 - 1);

/** The trainer's environment, read once, at boot. */
const configSchema = z.object({
  ...environmentShapes.http,
  ...environmentShapes.logging,
  ...environmentShapes.database,
  ...environmentShapes.redis,
  ...environmentShapes.objectStore,
  /** Local copies of base networks and datasets, and the files of running jobs. Trainers may share it. */
  KERNELCAST_CACHE_DIR: z.string().default(path.join(os.tmpdir(), 'kernelcast-trainer')),
  /** Bytes that the local copies may take; the least recently used go first, those in use stay. */
  KERNELCAST_CACHE_BYTES: z.coerce
    .number()
    .int()
    .min(1)
    .default(20 * GIB),
  /** Compute backend to insist on: tfjs-node-gpu, tfjs-node, wasm or cpu; the best that loads by default. */
  KERNELCAST_BACKEND: z.string().optional(),
  /** Folder of a native TensorFlow build (tools/native-backend), for installations that do not have it as a package. */
  KERNELCAST_NATIVE_DIR: z.string().min(1).optional(),
  /** GPUs to train on, one job each: `all`, `none`, or indices or UUIDs with commas between; all by default. */
  KERNELCAST_GPUS: z.string().min(1).optional(),
  /** What CUDA lets programs see, set by whoever runs the container; kept to when KERNELCAST_GPUS is not set. */
  CUDA_VISIBLE_DEVICES: z.string().optional(),
  /** Refuse to start without a GPU. */
  KERNELCAST_REQUIRE_GPU: z.stringbool().default(false),
  /** Jobs trained at once, each in a process of its own; by default as many as GPUs, or else as processors. */
  KERNELCAST_TRAINER_CONCURRENCY: count(256).optional(),
  /** Threads of each job; by default, the jobs that may run at once share the processors. */
  KERNELCAST_TRAINER_THREADS: count(256).optional(),
  /** Keep a training process ready for the next job, which saves about a second of its start and costs some 200 MiB. */
  KERNELCAST_WARM_PROCESS: z.stringbool().default(true),
  /** Milliseconds between two checkpoints: how much work a crash may cost. */
  KERNELCAST_CHECKPOINT_INTERVAL_MS: milliseconds(10).default(10 * SECOND_MS),
  /** Steps between two checkpoints; with both, whichever comes first. */
  KERNELCAST_CHECKPOINT_STEPS: count(1_000_000).optional(),
  /** Checkpoints of a job that are kept, to fall back to when the newest is damaged. */
  KERNELCAST_CHECKPOINTS_KEPT: count(100).default(3),
  /** Times that a job may end its process or its trainer before it is given up. */
  KERNELCAST_JOB_ATTEMPTS: count(1000).default(5),
  /** Milliseconds without a word after which a training process is taken for stuck, and ended. */
  KERNELCAST_CHILD_SILENCE_MS: milliseconds(100).default(30 * MINUTE_MS),
  /** Milliseconds without the database after which a job in work is left to a trainer that reaches it. */
  KERNELCAST_LEASE_LOST_MS: milliseconds(1000).default(5 * MINUTE_MS),
});
export type TrainerConfig = z.infer<typeof configSchema>;

/** @throws ConfigError with all faults at once */
export const readTrainerConfig = (environment?: Readonly<Record<string, string | undefined>>): TrainerConfig =>
  readConfig(configSchema, environment);
