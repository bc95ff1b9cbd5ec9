import { Module, type DynamicModule, type OnApplicationShutdown } from '@nestjs/common';
import { createObjectStore } from './create-object-store.js';
import type { ObjectStore } from './object-store.js';
import type { StorageConfig } from './storage.config.js';

/** Injection token of the `ObjectStore`. */
export const OBJECT_STORE = Symbol('kernelcast:object-store');

class StorageLifecycle implements OnApplicationShutdown {
  constructor(private readonly store: ObjectStore) {}

  async onApplicationShutdown(): Promise<void> {
    await this.store.close();
  }
}

/** Provides the object store to the whole application: `@Inject(OBJECT_STORE) store: ObjectStore`. */
@Module({})
export class StorageModule {
  static forRoot(config: StorageConfig): DynamicModule {
    return {
      module: StorageModule,
      global: true,
      providers: [
        { provide: OBJECT_STORE, useFactory: () => createObjectStore(config) },
        {
          provide: StorageLifecycle,
          useFactory: (store: ObjectStore) => new StorageLifecycle(store),
          inject: [OBJECT_STORE],
        },
      ],
      exports: [OBJECT_STORE],
    };
  }
}
