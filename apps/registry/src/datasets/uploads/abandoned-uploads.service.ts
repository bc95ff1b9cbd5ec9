import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { systemIn } from '../../changes/actor.js';
import { Changes } from '../../changes/changes.service.js';
import { Periodic } from '../../housekeeping/periodic.js';
import { DatasetUploadsRepository } from './dataset-uploads.repository.js';
import { UploadParts } from './upload-parts.service.js';

const INTERVAL_MS = 600_000;

/** Removes uploads that nobody finished, with their parts. Any number of replicas may do so. */
@Injectable()
export class AbandonedUploads implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly removal = new Periodic({
    name: AbandonedUploads.name,
    intervalMs: INTERVAL_MS,
    work: () => this.remove(),
    onFault: 'abandoned uploads stay for now',
  });

  constructor(
    private readonly uploads: DatasetUploadsRepository,
    private readonly parts: UploadParts,
    private readonly changes: Changes,
  ) {}

  onApplicationBootstrap(): Promise<void> {
    return this.removal.start();
  }

  onModuleDestroy(): Promise<void> {
    return this.removal.stop();
  }

  /** Removes what has expired by now, and the parts that a validation left when the store was away at its end. */
  async remove(): Promise<void> {
    for (const { id, projectId } of await this.uploads.listExpired()) {
      await this.changes.commit(systemIn(projectId), async (tx) => {
        const audit = { action: 'dataset_upload.expire', resource: id };
        return (await this.uploads.giveUp(tx, id)) ? { result: null, audit } : { result: null };
      });
      await this.parts.remove(id);
      await this.uploads.delete(id);
    }
    for (const id of await this.uploads.listLeftovers()) await this.parts.remove(id);
  }
}
