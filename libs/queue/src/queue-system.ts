import type { Queue } from 'bullmq';
import { createLogger, type Logger } from '@kernelcast/platform';
import { createBackend, type BackendOptions } from './backend.js';
import { parsePayload } from './parse-payload.js';
import { DEFAULT_PRIORITY, HIGHEST_PRIORITY, type Message, type QueueDefinition } from './queue-definition.js';
import { QueueError } from './queue.errors.js';
import { startWorker, type JobHandler, type QueueWorker, type WorkOptions } from './queue-worker.js';

export interface QueueSystemOptions extends BackendOptions {
  readonly logger?: Logger;
  /** Milliseconds after which a queue that does not answer counts as unavailable. */
  readonly timeoutMs?: number;
}

/** `waiting` covers a job that is to be tried again later; `absent` one that ended or never was. */
export type QueuedState = 'waiting' | 'active' | 'absent';

const DEFAULT_TIMEOUT_MS = 5_000;

/**
 * BullMQ takes low numbers first, and 0, which is no priority, before all others. Every message has one, since only then
 * what is handed back goes to the front of its like: without a priority it would go to the end of the line.
 */
const bullPriority = (priority: number): number => 1 + HIGHEST_PRIORITY - priority;

/** Typed queues over BullMQ, with jobs in Postgres or in Redis: see `createQueueSystem`. */
export class QueueSystem {
  private readonly backend;
  private readonly logger: Logger;
  private readonly timeoutMs: number;
  private readonly queues = new Map<string, Queue>();
  private readonly workers = new Set<QueueWorker>();

  constructor(options: QueueSystemOptions) {
    this.backend = createBackend(options);
    this.logger = options.logger ?? createLogger({ service: 'queue', level: 'silent' });
    this.timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
  }

  /** Where jobs are kept. */
  get kind(): 'postgres' | 'redis' {
    return this.backend.kind;
  }

  /**
   * Queues a message: those of a higher priority are taken first, of equal ones the older. While a message of the same
   * id waits or runs, adding it again changes nothing.
   *
   * @param priority from 0 to 9
   * @throws QueueError `payload_invalid`, `queue_unavailable`
   */
  add<T>(definition: QueueDefinition<T>, id: string, payload: T, priority?: number): Promise<void> {
    return this.addAll(definition, [{ id, payload, priority }]);
  }

  /**
   * As {@link add} of each message in turn, in one request.
   * @throws QueueError `payload_invalid`, before any is added; `queue_unavailable`, when some may have been
   */
  async addAll<T>(definition: QueueDefinition<T>, messages: readonly Message<T>[]): Promise<void> {
    const { name, attempts, backoff } = definition;
    const jobs = messages.map(({ id, payload, priority = DEFAULT_PRIORITY }) => ({
      name,
      data: parsePayload(definition, payload),
      opts: {
        jobId: id,
        priority: bullPriority(priority),
        attempts,
        backoff: { type: backoff.type, delay: backoff.delayMs },
        removeOnComplete: true,
        removeOnFail: true,
      },
    }));
    if (jobs.length > 0) await this.ask(definition, (queue) => queue.addBulk(jobs));
  }

  /** Takes a message out of the queue; `false` when it is not there or somebody works on it already. */
  remove(definition: QueueDefinition<unknown>, id: string): Promise<boolean> {
    return this.ask(definition, async (queue) => {
      const job = await queue.getJob(id);
      if (!job || (await job.isActive())) return false;
      // Between the two questions a worker may have taken it; BullMQ then refuses, and that is an answer.
      return job.remove().then(
        () => true,
        async (error: unknown) => {
          if (await job.isActive()) return false;
          throw error;
        },
      );
    });
  }

  state(definition: QueueDefinition<unknown>, id: string): Promise<QueuedState> {
    return this.ask(definition, async (queue) => {
      const state = await queue.getJobState(id);
      if (state === 'active') return 'active';
      return state === 'unknown' || state === 'completed' || state === 'failed' ? 'absent' : 'waiting';
    });
  }

  /** Starts to work on a queue, until the returned worker or the whole system is closed. */
  work<T>(definition: QueueDefinition<T>, handler: JobHandler<T>, options: WorkOptions = {}): QueueWorker {
    const worker = startWorker({ backend: this.backend, logger: this.logger }, definition, handler, options);
    this.workers.add(worker);
    return {
      close: async () => {
        this.workers.delete(worker);
        await worker.close();
      },
    };
  }

  /** Rejects when the queue does not answer. For readiness checks. */
  async ping(definition: QueueDefinition<unknown>): Promise<void> {
    await this.ask(definition, (queue) => queue.getJobCounts('waiting'));
  }

  /** Waits for running handlers, then ends all connections. Idempotent. */
  async close(): Promise<void> {
    const workers = [...this.workers];
    const queues = [...this.queues.values()];
    this.workers.clear();
    this.queues.clear();
    await Promise.all(workers.map((worker) => worker.close()));
    await Promise.all(queues.map((queue) => queue.close()));
  }

  private open(name: string): Queue {
    const known = this.queues.get(name);
    if (known) return known;
    const queue = this.backend.openQueue(name);
    queue.on('error', (error) => this.logger.warn({ queue: name, err: error }, 'queue connection failed'));
    this.queues.set(name, queue);
    return queue;
  }

  /** A lost Redis makes BullMQ wait for ever for a connection; the caller hears of it in time instead. */
  private async ask<R>(definition: QueueDefinition<unknown>, question: (queue: Queue) => Promise<R>): Promise<R> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`no answer within ${this.timeoutMs} ms`)), this.timeoutMs);
    });
    try {
      return await Promise.race([question(this.open(definition.name)), late]);
    } catch (cause) {
      throw new QueueError('queue_unavailable', `The queue ${definition.name} cannot be used.`, { cause });
    } finally {
      clearTimeout(timer);
    }
  }
}

/** Opens the queues. Nothing is connected until the first use. */
export const createQueueSystem = (options: QueueSystemOptions): QueueSystem => new QueueSystem(options);
