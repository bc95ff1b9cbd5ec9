import { MessageChannel, receiveMessageOnPort, Worker } from 'node:worker_threads';
import type { MessagePort } from 'node:worker_threads';
import { received } from '../../parallel/received-error.js';
import { orderOf } from './batch-preparer.js';
import { FeedClosedError } from './feed.errors.js';
import type { FeedReply, FeedRequest } from './feed-messages.js';
import type { BatchFeed, BatchRecipe, PreparedBatch, Starvation } from './feed.types.js';
import { createRing, sliceOf } from './ring.js';
import type { BatchRing } from './ring.js';

export interface ThreadFeedOptions {
  /** Batches in memory: the one in use, and those ahead of it. */
  readonly slots?: number;
  /** Compiled program of the thread, for tests, which run from source. */
  readonly entry?: string | URL;
}

/** One in use, three ahead: enough to even out images that take longer than others. */
const DEFAULT_SLOTS = 4;
const ENTRY = new URL('./feed-thread.js', import.meta.url);

/** Prepares batches ahead of the steps on a thread of its own. Right for images that threads can share. */
export function createThreadFeed(recipe: BatchRecipe, options: ThreadFeedOptions = {}): ThreadFeed {
  return new ThreadFeed(recipe, options);
}

type Answer = { readonly slot: number } | { readonly error: Error };

export class ThreadFeed implements BatchFeed {
  readonly batchesPerEpoch: number;
  /** Where the batches are, for threads that read them by themselves. */
  readonly ring: BatchRing;
  private readonly worker: Worker;
  private readonly port: MessagePort;
  private readonly answers = new Map<number, Answer>();
  private readonly starved = { steps: 0, milliseconds: 0 };
  private waiting: { step: number; wake: () => void } | undefined;
  private generation = 0;
  private next = NaN;
  private held: number | undefined;
  /** Why no batch will come any more. */
  private ended: Error | undefined;

  constructor(recipe: BatchRecipe, { slots = DEFAULT_SLOTS, entry = ENTRY }: ThreadFeedOptions) {
    this.batchesPerEpoch = orderOf(recipe).batchesPerEpoch;
    this.ring = createRing(recipe, slots);
    const { port1, port2 } = new MessageChannel();
    this.port = port1;
    const workerData = { recipe, ring: this.ring, port: port2 };
    this.worker = new Worker(entry, { workerData, transferList: [port2] });
    port1.on('message', (reply: FeedReply) => this.take(reply));
    this.worker.on('error', (cause) => this.end(cause));
    this.worker.on('exit', () => this.end(new FeedClosedError()));
  }

  get starvation(): Starvation {
    return { ...this.starved };
  }

  /** Batches that are ready beyond the one in use. */
  get ahead(): number {
    this.takeArrived();
    return this.answers.size;
  }

  async at(step: number): Promise<PreparedBatch & { readonly slot: number }> {
    this.release();
    const jumped = step !== this.next;
    if (jumped) this.seek(step);
    this.next = step + 1;
    const answer = this.arrived(step) ?? (await this.wait(step, jumped));
    if ('error' in answer) {
      // The thread has stopped at the failure: to ask again means to start again.
      this.next = NaN;
      throw answer.error;
    }
    this.held = answer.slot;
    return { ...sliceOf(this.ring, answer.slot), slot: answer.slot };
  }

  async close(): Promise<void> {
    this.end(new FeedClosedError());
    await this.worker.terminate();
    this.port.close();
  }

  private arrived(step: number): Answer | undefined {
    this.takeArrived();
    const answer = this.answers.get(step);
    this.answers.delete(step);
    return answer ?? (this.ended && { error: this.ended });
  }

  /** What came while this thread was busy is taken at once, without waiting for the event loop. */
  private takeArrived(): void {
    for (let got = receiveMessageOnPort(this.port); got; got = receiveMessageOnPort(this.port)) {
      this.take(got.message as FeedReply);
    }
  }

  private async wait(step: number, jumped: boolean): Promise<Answer> {
    const from = performance.now();
    await new Promise<void>((wake) => (this.waiting = { step, wake }));
    this.waiting = undefined;
    if (!jumped) {
      this.starved.steps++;
      this.starved.milliseconds += performance.now() - from;
    }
    return this.arrived(step) ?? { error: new FeedClosedError() };
  }

  private take(reply: FeedReply): void {
    if (reply.generation === this.generation) {
      this.answers.set(reply.step, reply.type === 'ready' ? { slot: reply.slot } : { error: received(reply.error) });
      if (this.waiting?.step === reply.step) this.waiting.wake();
    } else if (reply.type === 'ready') this.send({ type: 'release', slot: reply.slot });
  }

  private seek(step: number): void {
    for (const answer of this.answers.values()) {
      if ('slot' in answer) this.send({ type: 'release', slot: answer.slot });
    }
    this.answers.clear();
    this.send({ type: 'seek', step, generation: ++this.generation });
  }

  private release(): void {
    if (this.held !== undefined) this.send({ type: 'release', slot: this.held });
    this.held = undefined;
  }

  private send(request: FeedRequest): void {
    this.port.postMessage(request);
  }

  private end(reason: Error): void {
    this.ended ??= reason;
    this.waiting?.wake();
  }
}
