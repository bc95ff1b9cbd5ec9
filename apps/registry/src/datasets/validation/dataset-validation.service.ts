import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { LeasedWork } from '../../housekeeping/leased-work.js';
import { DatasetUploadsRepository, type UploadRecord } from '../uploads/dataset-uploads.repository.js';
import { VersionValidator } from './version-validator.service.js';
import { ValidationQueue, type ValidationTask } from './validation-queue.repository.js';

/** Archives validated at once by one registry: a large one must not hold up all small ones. */
const AT_ONCE = 2;

/** Validates complete uploads, whichever registry took them. */
@Injectable()
export class DatasetValidation implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly leased: LeasedWork<ValidationTask>;

  constructor(
    queue: ValidationQueue,
    private readonly uploads: DatasetUploadsRepository,
    validator: VersionValidator,
  ) {
    this.leased = new LeasedWork({
      name: 'validation of datasets',
      queue,
      atOnce: AT_ONCE,
      work: async (task, lease) => {
        await validator.validate(task, lease);
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

  /** Waits until an upload is validated, here or elsewhere. */
  async settled(uploadId: string): Promise<UploadRecord> {
    const done = await this.leased.settled(async () => {
      const upload = await this.uploads.find(uploadId);
      if (!upload) throw new Error(`the upload ${uploadId} is gone`);
      return upload.state === 'done' ? upload : undefined;
    });
    if (!done) throw new Error(`the upload ${uploadId} was never validated`);
    return done;
  }
}
