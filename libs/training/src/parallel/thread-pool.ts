import type { Worker } from 'node:worker_threads';
import { breakBarrier } from './barrier.js';
import { RunnerDisposedError, TrainingThreadError } from './parallel.errors.js';
import type { ReplyMessage, RequestMessage, ThreadRequest, ThreadSetup, ThreadValue } from './protocol.types.js';
import { received } from './received-error.js';
import { startThread } from './start-thread.js';
import type { SpareThreads } from './spare-threads.js';

interface Pending {
  resolve(value: ThreadValue): void;
  reject(error: Error): void;
}

/**
 * Threads that work on the same request, each its part. When one fails, so does whatever is asked of any: training
 * cannot go on without it.
 */
export class ThreadPool {
  private readonly workers: readonly Worker[];
  /** By thread and request. */
  private readonly pending: readonly Map<number, Pending>[];
  private nextId = 0;
  private failure: Error | undefined;
  private readonly started: Promise<ThreadValue[]>;

  /** @param from - where threads come from: spare ones, or else a compiled program */
  constructor(
    setups: readonly ThreadSetup[],
    private readonly cells: Int32Array,
    from: { readonly spare?: SpareThreads; readonly entry?: string | URL },
  ) {
    this.pending = setups.map(() => new Map<number, Pending>());
    const id = this.nextId++;
    this.started = this.expect(id);
    // Whoever waits for the start hears of it.
    this.started.catch(() => undefined);
    this.workers = setups.map((setup) => {
      const worker = this.follow(from.spare?.take(setup) ?? startThread(setup, from.entry), setup.index);
      worker.postMessage({ id, request: { type: 'setup', setup } } satisfies RequestMessage);
      return worker;
    });
  }

  /** What the threads said when they were ready. */
  get ready(): Promise<ThreadValue[]> {
    return this.started;
  }

  /** Asks every thread, and gives their answers in order. Rejects with the first failure of any. */
  all(request: ThreadRequest): Promise<ThreadValue[]> {
    const id = this.nextId++;
    const answers = this.expect(id);
    this.workers.forEach((worker) => worker.postMessage({ id, request } satisfies RequestMessage));
    return answers;
  }

  /** Asks the first thread alone, for what all have. */
  async first(request: ThreadRequest): Promise<ThreadValue> {
    const id = this.nextId++;
    const answer = this.expectOf(0, id);
    this.workers[0]?.postMessage({ id, request } satisfies RequestMessage);
    return answer;
  }

  /** Ends all threads, whatever they do; their memory is freed with them. */
  async dispose(): Promise<void> {
    this.fail(new RunnerDisposedError());
    await Promise.all(this.workers.map((worker) => worker.terminate()));
  }

  private expect(id: number): Promise<ThreadValue[]> {
    return Promise.all(this.pending.map((_, thread) => this.expectOf(thread, id)));
  }

  private expectOf(thread: number, id: number): Promise<ThreadValue> {
    return new Promise((resolve, reject) => {
      if (this.failure) reject(this.failure);
      else this.pending[thread]?.set(id, { resolve, reject });
    });
  }

  private follow(worker: Worker, thread: number): Worker {
    const crashed = (reason: string, cause?: unknown) => this.fail(new TrainingThreadError(reason, thread, { cause }));
    worker.on('message', (reply: ReplyMessage) => this.take(thread, reply));
    worker.on('messageerror', (cause) => crashed('sent what cannot be read', cause));
    worker.on('error', (cause) => crashed(`crashed: ${cause instanceof Error ? cause.message : String(cause)}`, cause));
    worker.on('exit', (code) => crashed(`ended with exit code ${code}`));
    return worker;
  }

  private take(thread: number, reply: ReplyMessage): void {
    const waiting = this.pending[thread]?.get(reply.id);
    if ('value' in reply) {
      this.pending[thread]?.delete(reply.id);
      waiting?.resolve(reply.value);
    } else if (reply.kind === 'passing') {
      this.pending[thread]?.delete(reply.id);
      waiting?.reject(received(reply.error));
    } else if (reply.kind === 'fatal') {
      this.fail(received(reply.error));
    }
    // A peer's failure is left waiting: the thread that caused it says why.
  }

  /** The first failure is the one that counts; those that follow from it come later. */
  private fail(error: Error): void {
    this.failure ??= error;
    breakBarrier(this.cells);
    for (const waiting of this.pending) {
      for (const { reject } of waiting.values()) reject(this.failure);
      waiting.clear();
    }
  }
}
