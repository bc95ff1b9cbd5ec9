import type { Digest } from '@kernelcast/contracts';
import { LocalStore } from './drivers/local-store.js';
import { S3Store } from './drivers/s3-store.js';
import type { ObjectStore } from './object-store.js';
import type { StorageConfig } from './storage.config.js';

/** See `ObjectStore.announce`. */
export type AnnounceBlob = (digest: Digest) => Promise<void>;

/**
 * Opens the object store that the configuration names. Nothing is asked of it yet.
 * @param announce for services that write blobs which a garbage collection may look at meanwhile
 */
export const createObjectStore = (config: StorageConfig, announce?: AnnounceBlob): ObjectStore => {
  const store: ObjectStore = config.kind === 's3' ? new S3Store(config) : new LocalStore(config.folder);
  return announce ? Object.assign(store, { announce }) : store;
};
