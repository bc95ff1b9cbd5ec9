import { Module, type DynamicModule, type InjectionToken, type OnApplicationShutdown } from '@nestjs/common';
import { createObjectStore, type AnnounceBlob } from './create-object-store.js';
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

/** How a service that writes blobs announces them, made of what it provides. */
interface Announcer<T> {
  readonly inject: InjectionToken<T>;
  readonly useFactory: (dependency: T) => AnnounceBlob;
}

/** Provides the object store to the whole application: `@Inject(OBJECT_STORE) store: ObjectStore`. */
@Module({})
export class StorageModule {
  static forRoot<T>(config: StorageConfig, announcer?: Announcer<T>): DynamicModule {
    return {
      module: StorageModule,
      global: true,
      providers: [
        {
          provide: OBJECT_STORE,
          useFactory: (dependency: T) => createObjectStore(config, announcer?.useFactory(dependency)),
          inject: announcer ? [announcer.inject] : [],
        },
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
