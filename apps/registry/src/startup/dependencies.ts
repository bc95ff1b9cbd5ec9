import { Database } from '@kernelcast/database';
import { ReadinessService } from '@kernelcast/platform';
import { OBJECT_STORE, type ObjectStore } from '@kernelcast/storage';
import { Inject, Injectable } from '@nestjs/common';

/** Tells the readiness check what the registry cannot work without. */
@Injectable()
export class Dependencies {
  constructor(readiness: ReadinessService, database: Database, @Inject(OBJECT_STORE) store: ObjectStore) {
    readiness.register('database', () => database.ping());
    readiness.register('objectStore', () => store.ping());
  }
}
