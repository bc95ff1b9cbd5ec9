import { auditCheckpointSchema, type AuditCheckpoint } from '@kernelcast/contracts';
import { OBJECT_STORE, StorageError, type ObjectStore } from '@kernelcast/storage';
import { Inject, Injectable } from '@nestjs/common';

const KEY = 'audit/last-checkpoint.json';
const MAX_BYTES = 16_384;

/** Keeps the last checkpoint outside of the database, so that who cuts the log in there cannot cut it here as well. */
@Injectable()
export class CheckpointArchive {
  constructor(@Inject(OBJECT_STORE) private readonly store: ObjectStore) {}

  async write(checkpoint: AuditCheckpoint): Promise<void> {
    await this.store.put(KEY, new TextEncoder().encode(JSON.stringify(checkpoint)), {
      contentType: 'application/json',
    });
  }

  async read(): Promise<AuditCheckpoint | null> {
    try {
      const bytes = await this.store.read(KEY, MAX_BYTES);
      return auditCheckpointSchema.parse(JSON.parse(new TextDecoder().decode(bytes)));
    } catch (error) {
      if (error instanceof StorageError && error.code === 'object_not_found') return null;
      throw error;
    }
  }
}
