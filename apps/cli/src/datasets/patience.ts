import { setTimeout as pause } from 'node:timers/promises';
import { ApiError } from '@kernelcast/api-client';

export interface PatienceOptions {
  /** Milliseconds before the second try; each further one waits twice as long. */
  readonly firstMs: number;
  readonly longestMs: number;
  /** Tries without progress after which the fault is thrown. */
  readonly tries: number;
  /** Told of every fault that is waited out. */
  readonly onFault?: (error: unknown, waitMs: number) => void;
}

const TRANSIENT_STATUS = new Set([0, 408, 425, 429]);

/** An earlier request that was believed lost goes on, or this one was cut: what arrived counts, and the rest follows. */
const TRANSIENT_CODES = new Set(['upload_offset_mismatch', 'malformed_body']);

/** Whether it makes sense to go on later: the server was not reached, or says that it cannot answer now. */
const isTransient = (error: unknown): boolean =>
  !(error instanceof ApiError) ||
  TRANSIENT_STATUS.has(error.status) ||
  TRANSIENT_CODES.has(error.code) ||
  error.status >= 500;

/** Tries again what fails for a while, waiting longer each time; progress makes it patient anew. */
export class Patience {
  private failures = 0;

  constructor(private readonly options: PatienceOptions) {}

  /** Something went well. */
  progress(): void {
    this.failures = 0;
  }

  /** @throws the fault when it is final or came too often */
  async wait(error: unknown): Promise<void> {
    const { firstMs, longestMs, tries, onFault } = this.options;
    this.failures += 1;
    if (!isTransient(error) || this.failures >= tries) throw error;
    const waitMs = Math.min(longestMs, firstMs * 2 ** (this.failures - 1));
    onFault?.(error, waitMs);
    await pause(waitMs);
  }

  async run<T>(work: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        const result = await work();
        this.progress();
        return result;
      } catch (error) {
        await this.wait(error);
      }
    }
  }
}
