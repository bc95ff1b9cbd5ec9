import type { Worker } from 'node:worker_threads';
import type { BackendName } from '@kernelcast/compute';
import type { ThreadStart } from './protocol.types.js';
import { startThread } from './start-thread.js';

export interface SpareThreadsOptions {
  readonly threads: number;
  /** Of each thread. Default wasm: a native backend has threads of its own. */
  readonly backend?: BackendName;
  /** Compiled program of the threads, for tests, which run from source. */
  readonly entry?: string | URL;
}

interface Spare extends ThreadStart {
  readonly worker: Worker;
}

/**
 * Training threads that load their program and backend before it is known what they will train, which is most of what a
 * first step waits for. One that dies while it waits is forgotten: a fresh one takes its place, and says why.
 */
export class SpareThreads {
  private readonly spares = new Set<Spare>();

  constructor({ threads, backend = 'wasm', entry }: SpareThreadsOptions) {
    for (let index = 0; index < threads; index++) {
      const spare = { index, backend, worker: startThread({ index, backend }, entry) };
      const forget = (): boolean => this.spares.delete(spare);
      spare.worker.on('error', forget).on('messageerror', forget).on('exit', forget);
      this.spares.add(spare);
    }
  }

  /** Threads that wait. */
  get waiting(): number {
    return this.spares.size;
  }

  /** Hands out a thread of this number and backend, once; whoever takes it ends it. */
  take({ index, backend }: ThreadStart): Worker | undefined {
    const spare = [...this.spares].find((one) => one.index === index && one.backend === backend);
    if (spare === undefined) return undefined;
    this.spares.delete(spare);
    return spare.worker.removeAllListeners();
  }

  /** Ends the threads that nobody has taken. */
  async dispose(): Promise<void> {
    const left = [...this.spares];
    this.spares.clear();
    await Promise.all(left.map(({ worker }) => worker.terminate()));
  }
}
