import { randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { BASE_CHECK_FILES as FILES, type BaseNetworkFinding, type BaseNetworkReport } from '@kernelcast/contracts';
import { blobKey, OBJECT_STORE, type ObjectStore } from '@kernelcast/storage';
import { Inject, Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { systemIn } from '../../changes/actor.js';
import { Changes } from '../../changes/changes.service.js';
import { CONFIG, type RegistryConfig } from '../../config/registry.config.js';
import { BaseCheck } from './base-check.service.js';
import { BaseValidationRepository, type BaseValidationTask } from './base-validation.repository.js';

const LEASE_MS = 30_000;
const RENEW_MS = 10_000;
/** How often a registry looks for base networks whose registry died. */
const LOOK_MS = 5_000;
const SETTLED_POLL_MS = 25;
const SETTLED_POLL_MAX_MS = 500;
/** A network with which processes crash this often without a reason is not tried again. */
const MAX_ATTEMPTS = 3;

/**
 * Runs base networks before anybody may use them, whichever registry took them: leases are renewed while work goes on,
 * so those of a registry that was killed are taken over by another one or by itself after its next start.
 */
@Injectable()
export class BaseValidation implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger(BaseValidation.name);
  private readonly stopping = new AbortController();
  private running: Promise<void> | undefined;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly queue: BaseValidationRepository,
    private readonly check: BaseCheck,
    private readonly changes: Changes,
    @Inject(OBJECT_STORE) private readonly store: ObjectStore,
    @Inject(CONFIG) private readonly config: RegistryConfig,
  ) {}

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => this.wake(), LOOK_MS);
    this.timer.unref();
    this.wake();
  }

  async onModuleDestroy(): Promise<void> {
    clearInterval(this.timer);
    this.stopping.abort(new Error('the registry stops'));
    await this.running;
  }

  /** Looks for work now. One is run at a time: each may take all the memory there is for it. */
  wake(): void {
    if (this.stopping.signal.aborted || this.running) return;
    this.running = this.drain()
      .catch((error: unknown) => this.logger.warn(`validation goes on later: ${String(error)}`))
      .finally(() => {
        this.running = undefined;
      });
  }

  /** Waits until a base network has been run, here or elsewhere, or for so long. */
  async settled(id: string, patienceMs: number): Promise<void> {
    const until = Date.now() + patienceMs;
    for (let wait = SETTLED_POLL_MS; Date.now() < until; wait = Math.min(2 * wait, SETTLED_POLL_MAX_MS)) {
      if (!(await this.queue.isWaiting(id))) return;
      this.wake();
      await pause(wait, undefined, { signal: this.stopping.signal });
    }
  }

  private async drain(): Promise<void> {
    while (!this.stopping.signal.aborted) {
      // A name for each lease: this registry itself may lose one and take the same network again.
      const owner = randomUUID();
      const task = await this.queue.claim(owner, LEASE_MS);
      if (!task) return;
      await this.work(task, owner);
    }
  }

  private async work(task: BaseValidationTask, owner: string): Promise<void> {
    const lost = new AbortController();
    const renewal = setInterval(() => void this.renew(task.id, owner, lost), RENEW_MS);
    const signal = AbortSignal.any([this.stopping.signal, lost.signal]);
    try {
      const report = await this.examine(task, signal);
      if (report) await this.settle(task, owner, report);
      else await this.queue.renew(task.id, owner, 0);
    } catch (error) {
      if (lost.signal.aborted) return;
      if (this.stopping.signal.aborted) return await this.queue.release(task.id, owner);
      // The lease runs out, and somebody tries again.
      throw error;
    } finally {
      clearInterval(renewal);
    }
  }

  /** @returns null when the process died for no reason that lies in the files, as far as can be told: try again */
  private async examine(task: BaseValidationTask, signal: AbortSignal): Promise<BaseNetworkReport | null> {
    const folder = await mkdtemp(path.join(this.config.KERNELCAST_UPLOAD_DIR, 'kernelcast-base-'));
    try {
      await this.fetch(task.graphDigest, path.join(folder, FILES.graph), signal);
      await this.fetch(task.weightsDigest, path.join(folder, FILES.weights), signal);
      const { answer, peakBytes } = await this.check.run({ type: 'run', folder }, signal);
      if (answer.type === 'ran') return { ...answer.report, peakBytes: peakBytes || null };
      if (answer.type !== 'died') throw new Error(`a base check answered ${answer.type}`);
      const again = answer.finding.code === 'crashed' && task.attempts < MAX_ATTEMPTS;
      return again ? null : failed(answer.finding, peakBytes);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }

  private async fetch(digest: BaseValidationTask['graphDigest'], file: string, signal: AbortSignal): Promise<void> {
    const { stream } = await this.store.open(blobKey(digest));
    await pipeline(stream, createWriteStream(file), { signal });
  }

  private async settle({ id, projectId }: BaseValidationTask, owner: string, report: BaseNetworkReport): Promise<void> {
    await this.changes.commit(systemIn(projectId), async (tx) => {
      if (!(await this.queue.settle(tx, owner, { id, report }))) return { result: null };
      return { result: null, audit: { action: 'base_network.validate', resource: id, after: report } };
    });
  }

  private async renew(id: string, owner: string, lost: AbortController): Promise<void> {
    try {
      if (!(await this.queue.renew(id, owner, LEASE_MS))) lost.abort(new Error('the lease is lost'));
    } catch (error) {
      this.logger.warn(`a lease was not renewed: ${String(error)}`);
    }
  }
}

const failed = (finding: BaseNetworkFinding, peakBytes: number): BaseNetworkReport => ({
  findings: [finding],
  images: 0,
  millisecondsPerImage: null,
  peakBytes: peakBytes || null,
  plannedParameters: null,
  smallestRatio: null,
});
