import { UnrecoverableError, WaitingError, type Job, type Worker } from 'bullmq';
import type { Logger } from '@kernelcast/platform';
import type { QueueBackend } from './backend.js';
import { parsePayload } from './parse-payload.js';
import type { QueueDefinition } from './queue-definition.js';
import { HandBackError, PermanentJobError, QueueError } from './queue.errors.js';

export interface JobContext {
  /** The id the message was added under. */
  readonly id: string;
  /** Starts at 1; a takeover from a dead worker is not counted. */
  readonly attempt: number;
  /** Aborted when this worker has lost the job: another one may be at it already. */
  readonly signal: AbortSignal;
}

export type JobHandler<T> = (payload: T, context: JobContext) => Promise<void>;

export interface WorkOptions {
  /** Jobs at once. */
  readonly concurrency?: number;
  /** How long a job stays ours when we show no sign of life. Renewed at half of it. */
  readonly lockDurationMs?: number;
  /** Told when a job has failed for good: its attempts are used up, its error is permanent, its payload invalid. */
  readonly onFailed?: (id: string, error: Error) => void;
}

/** A worker at work. `close` waits for running handlers; what they hand back goes to others. */
export interface QueueWorker {
  close(): Promise<void>;
}

const DEFAULT_LOCK_MS = 10_000;
/**
 * Dead workers are found in two looks: the first notes who is active, the second takes what is still active although its
 * lock ran out. With a third of the lock between looks, a job is taken over after one lock and a bit.
 */
const LOOKS_PER_LOCK = 3;
/** Never give a job up for having been taken over too often: whoever counts attempts does so in the database. */
const TAKEOVERS_WITHOUT_LIMIT = 1_000_000;

/**
 * Seconds after which a worker without work looks by itself. It is told of what comes, except, in Redis, of a message
 * that was handed back.
 */
const LOOK_AGAIN_S = 1;

const run = async <T>(definition: QueueDefinition<T>, handler: JobHandler<T>, job: Job, context: JobContext) => {
  try {
    await handler(parsePayload(definition, job.data), context);
  } catch (error) {
    if (error instanceof PermanentJobError) throw new UnrecoverableError(error.message);
    if (error instanceof QueueError && !error.retryable) throw new UnrecoverableError(error.message);
    throw error;
  }
};

/** Starts to work on a queue. The truth about a job is in the database, so nothing is kept of what has ended. */
export const startWorker = <T>(
  { backend, logger }: { readonly backend: QueueBackend; readonly logger: Logger },
  definition: QueueDefinition<T>,
  handler: JobHandler<T>,
  options: WorkOptions,
): QueueWorker => {
  const lockDuration = options.lockDurationMs ?? DEFAULT_LOCK_MS;
  const never = new AbortController().signal;
  const processor = async (job: Job, token?: string, signal: AbortSignal = never): Promise<void> => {
    const context = { id: job.id ?? '', attempt: job.attemptsMade + 1, signal };
    try {
      await run(definition, handler, job, context);
    } catch (error) {
      if (!(error instanceof HandBackError)) throw error;
      await job.moveToWait(token);
      throw new WaitingError();
    }
  };
  const worker = backend.openWorker(definition.name, processor, {
    concurrency: options.concurrency ?? 1,
    lockDuration,
    stalledInterval: Math.floor(lockDuration / LOOKS_PER_LOCK),
    drainDelay: LOOK_AGAIN_S,
    maxStalledCount: TAKEOVERS_WITHOUT_LIMIT,
    removeOnComplete: { count: 0 },
    removeOnFail: { count: 0 },
  });
  watch(worker, definition, { logger, onFailed: options.onFailed });
  return { close: () => worker.close() };
};

const watch = (
  worker: Worker,
  definition: QueueDefinition<unknown>,
  { logger, onFailed }: { readonly logger: Logger; readonly onFailed: WorkOptions['onFailed'] },
): void => {
  const log = logger.child({ queue: definition.name });
  worker.on('error', (error) => log.warn({ err: error }, 'queue connection failed'));
  worker.on('lockRenewalFailed', (ids) => {
    log.warn({ jobs: ids }, 'lost the lock of jobs');
    for (const id of ids) worker.cancelJob(id, 'lock lost');
  });
  worker.on('stalled', (id) => log.warn({ job: id }, 'took a job over from a dead worker'));
  worker.on('failed', (job, error) => {
    const final = !job || job.attemptsMade >= (job.opts.attempts ?? 1) || error instanceof UnrecoverableError;
    log.warn({ job: job?.id, err: error, final }, 'job failed');
    if (final && job?.id) onFailed?.(job.id, error);
  });
};
