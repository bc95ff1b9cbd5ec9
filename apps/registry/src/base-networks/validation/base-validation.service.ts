import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { BASE_CHECK_FILES as FILES, type BaseNetworkFinding, type BaseNetworkReport } from '@kernelcast/contracts';
import { blobKey, OBJECT_STORE, type ObjectStore } from '@kernelcast/storage';
import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { systemIn } from '../../changes/actor.js';
import { Changes } from '../../changes/changes.service.js';
import { CONFIG, type RegistryConfig } from '../../config/registry.config.js';
import { LeasedWork } from '../../housekeeping/leased-work.js';
import { BaseCheck } from './base-check.service.js';
import { BaseValidationRepository, type BaseValidationTask } from './base-validation.repository.js';

/** A network with which processes crash this often without a reason is not tried again. */
const MAX_ATTEMPTS = 3;

/** Runs base networks before anybody may use them, whichever registry took them. */
@Injectable()
export class BaseValidation implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly leased: LeasedWork<BaseValidationTask>;

  constructor(
    private readonly queue: BaseValidationRepository,
    private readonly check: BaseCheck,
    private readonly changes: Changes,
    @Inject(OBJECT_STORE) private readonly store: ObjectStore,
    @Inject(CONFIG) private readonly config: RegistryConfig,
  ) {
    // One at a time: each may take all the memory there is for it.
    this.leased = new LeasedWork<BaseValidationTask>({
      name: 'validation of base networks',
      queue,
      atOnce: 1,
      work: async (task, { owner, signal }) => {
        const report = await this.examine(task, signal);
        if (report) await this.settle(task, owner, report);
        else await this.queue.renew(task, owner, 0);
      },
    });
  }

  onApplicationBootstrap(): void {
    this.leased.start();
  }

  onModuleDestroy(): Promise<void> {
    return this.leased.stop();
  }

  /** Looks for work now. */
  wake(): void {
    this.leased.wake();
  }

  /** Waits until a base network has been run, here or elsewhere, or for so many milliseconds. */
  async settled(id: string, patienceMs: number): Promise<void> {
    await this.leased.settled(async () => ((await this.queue.isWaiting(id)) ? undefined : true), patienceMs);
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
}

const failed = (finding: BaseNetworkFinding, peakBytes: number): BaseNetworkReport => ({
  findings: [finding],
  images: 0,
  millisecondsPerImage: null,
  peakBytes: peakBytes || null,
  plannedParameters: null,
  smallestRatio: null,
});
