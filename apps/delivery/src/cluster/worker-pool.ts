import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from '@kernelcast/platform';
import { z } from 'zod';

/** What is said between a worker and the process that made it. */
export const workerMessageSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('ready'), url: z.string().optional() }),
  /** A worker heard of a change of the fleet; passed on to all others. */
  z.object({ type: z.literal('fleetChanged') }),
]);

/** What of `cluster.Worker` is needed here. */
export interface PoolWorker {
  readonly id: number;
  on(event: 'message', listener: (message: unknown) => void): unknown;
  once(event: 'exit', listener: (code: number | null) => void): unknown;
  isConnected(): boolean;
  send(message: z.infer<typeof workerMessageSchema>): unknown;
  kill(signal: 'SIGTERM' | 'SIGKILL'): unknown;
}

export interface WorkerPoolOptions {
  readonly count: number;
  readonly fork: () => PoolWorker;
  readonly logger: Pick<Logger, 'info' | 'warn' | 'error'>;
  /** Milliseconds before the first new start of a worker that ended; doubled with each that ends before it is ready. */
  readonly restartMs?: number;
  /** Milliseconds that workers get to end in order. */
  readonly drainMs?: number;
}

const RESTART_MS = 500;
const LONGEST_RESTART_MS = 30_000;
/** More than a worker takes by itself, less than a supervisor waits. */
const DRAIN_MS = 15_000;

/** Keeps a number of workers alive, lets them tell each other of changes, and ends them in order. */
export class WorkerPool {
  private readonly workers = new Set<PoolWorker>();
  private readonly closing = new AbortController();

  constructor(private readonly options: WorkerPoolOptions) {}

  get size(): number {
    return this.workers.size;
  }

  /**
   * Starts all workers.
   * @returns the address that they share
   * @throws when one ends before it is ready; the others are ended then
   */
  async start(): Promise<string | undefined> {
    try {
      const urls = await Promise.all(Array.from({ length: this.options.count }, () => this.startOne()));
      return urls[0];
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  /** Ends all workers: by a signal first, by force when that takes too long. */
  async close(): Promise<void> {
    this.closing.abort();
    const gone = [...this.workers].map(
      (worker) => new Promise<void>((resolve) => worker.once('exit', () => resolve())),
    );
    for (const worker of this.workers) worker.kill('SIGTERM');
    const force = setTimeout(() => {
      for (const worker of this.workers) worker.kill('SIGKILL');
    }, this.options.drainMs ?? DRAIN_MS);
    await Promise.all(gone);
    clearTimeout(force);
  }

  private startOne(): Promise<string | undefined> {
    const worker = this.options.fork();
    this.workers.add(worker);
    return new Promise((resolve, reject) => {
      let isReady = false;
      worker.on('message', (message) => {
        const parsed = workerMessageSchema.safeParse(message);
        if (!parsed.success) return;
        if (parsed.data.type === 'fleetChanged') return this.passOn(worker);
        isReady = true;
        resolve(parsed.data.url);
      });
      worker.once('exit', (code) => {
        this.workers.delete(worker);
        if (!isReady) reject(new Error(`worker ${worker.id} ended with code ${code} before it was ready`));
        else if (!this.closing.signal.aborted) void this.replace(worker.id, code);
      });
    });
  }

  private passOn(from: PoolWorker): void {
    for (const worker of this.workers)
      if (worker !== from && worker.isConnected()) worker.send({ type: 'fleetChanged' });
  }

  private async replace(id: number, code: number | null): Promise<void> {
    const { logger, restartMs = RESTART_MS } = this.options;
    logger.error({ worker: id, code }, 'a worker ended by itself; another one takes its place');
    for (let wait = restartMs; !this.closing.signal.aborted; wait = Math.min(wait * 2, LONGEST_RESTART_MS)) {
      try {
        await delay(wait, undefined, { signal: this.closing.signal });
        await this.startOne();
        return;
      } catch (error) {
        if (!this.closing.signal.aborted) logger.warn({ err: error }, 'a worker could not be replaced');
      }
    }
  }
}
