import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { DatasetUploadsRepository, type UploadRecord } from '../uploads/dataset-uploads.repository.js';
import { LeaseLostError, VersionValidator } from './version-validator.service.js';
import { ValidationQueue, type ValidationTask } from './validation-queue.repository.js';

/** Archives validated at once by one registry: a large one must not hold up all small ones. */
const AT_ONCE = 2;
const LEASE_MS = 30_000;
const RENEW_MS = 10_000;
/** How often a registry looks for uploads whose registry died. */
const LOOK_MS = 5_000;
const SETTLED_POLL_MS = 50;
const SETTLED_POLL_MAX_MS = 1_000;

/**
 * Validates complete uploads, whichever registry took them: leases are renewed while work goes on, so that the uploads
 * of a registry that was killed are taken over by another one or by itself after its next start.
 */
@Injectable()
export class DatasetValidation implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger(DatasetValidation.name);
  private readonly stopping = new AbortController();
  private readonly running = new Set<Promise<void>>();
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly queue: ValidationQueue,
    private readonly uploads: DatasetUploadsRepository,
    private readonly validator: VersionValidator,
  ) {}

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => this.wake(), LOOK_MS);
    this.timer.unref();
    this.wake();
  }

  async onModuleDestroy(): Promise<void> {
    clearInterval(this.timer);
    this.stopping.abort(new Error('the registry stops'));
    await Promise.all(this.running);
  }

  /** Looks for work now. */
  wake(): void {
    if (this.stopping.signal.aborted || this.running.size >= AT_ONCE) return;
    const work = this.drain().catch((error: unknown) => {
      this.logger.warn(`validation goes on later: ${String(error)}`);
    });
    this.running.add(work);
    void work.finally(() => this.running.delete(work));
  }

  /** Waits until an upload is validated, here or elsewhere. */
  async settled(uploadId: string): Promise<UploadRecord> {
    for (let wait = SETTLED_POLL_MS; ; wait = Math.min(2 * wait, SETTLED_POLL_MAX_MS)) {
      const upload = await this.uploads.find(uploadId);
      if (!upload) throw new Error(`the upload ${uploadId} is gone`);
      if (upload.state === 'done') return upload;
      await pause(wait, undefined, { signal: this.stopping.signal });
    }
  }

  private async drain(): Promise<void> {
    while (!this.stopping.signal.aborted) {
      // A name for each lease: this registry itself may lose one and take the same upload again.
      const owner = randomUUID();
      const task = await this.queue.claim(owner, LEASE_MS);
      if (!task) return;
      await this.work(task, owner);
    }
  }

  private async work(task: ValidationTask, owner: string): Promise<void> {
    const lost = new AbortController();
    const renewal = setInterval(() => void this.renew(task, owner, lost), RENEW_MS);
    const signal = AbortSignal.any([this.stopping.signal, lost.signal]);
    try {
      await this.validator.validate(task, { owner, signal });
    } catch (error) {
      if (error instanceof LeaseLostError || lost.signal.aborted) return;
      if (this.stopping.signal.aborted) return await this.queue.release(task, owner);
      // The lease runs out, and somebody tries again.
      throw error;
    } finally {
      clearInterval(renewal);
    }
  }

  private async renew(task: ValidationTask, owner: string, lost: AbortController): Promise<void> {
    try {
      if (!(await this.queue.renew(task, owner, LEASE_MS))) lost.abort(new LeaseLostError());
    } catch (error) {
      this.logger.warn(`a lease was not renewed: ${String(error)}`);
    }
  }
}
