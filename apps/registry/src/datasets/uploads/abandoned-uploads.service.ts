import { Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { SYSTEM } from '../../changes/actor.js';
import { Changes } from '../../changes/changes.service.js';
import { DatasetUploadsRepository } from './dataset-uploads.repository.js';
import { UploadParts } from './upload-parts.service.js';

const INTERVAL_MS = 600_000;

/** Removes uploads that nobody finished, with their parts. Any number of replicas may do so. */
@Injectable()
export class AbandonedUploads implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger(AbandonedUploads.name);
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly uploads: DatasetUploadsRepository,
    private readonly parts: UploadParts,
    private readonly changes: Changes,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    this.timer = setInterval(() => void this.tryRemove(), INTERVAL_MS);
    this.timer.unref();
    await this.tryRemove();
  }

  onModuleDestroy(): void {
    clearInterval(this.timer);
  }

  /** Removes what has expired by now, and the parts that a validation left when the store was away at its end. */
  async remove(): Promise<void> {
    for (const id of await this.uploads.listExpired()) {
      await this.changes.commit(SYSTEM, async (tx) => {
        const audit = { action: 'dataset_upload.expire', resource: id };
        return (await this.uploads.giveUp(tx, id)) ? { result: null, audit } : { result: null };
      });
      await this.parts.remove(id);
      await this.uploads.delete(id);
    }
    for (const id of await this.uploads.listLeftovers()) await this.parts.remove(id);
  }

  private async tryRemove(): Promise<void> {
    try {
      await this.remove();
    } catch (error) {
      this.logger.warn(`abandoned uploads stay for now: ${String(error)}`);
    }
  }
}
