import { LocalStore } from './drivers/local-store.js';
import { S3Store } from './drivers/s3-store.js';
import type { ObjectStore } from './object-store.js';
import type { StorageConfig } from './storage.config.js';

/** Opens the object store that the configuration names. Nothing is asked of it yet. */
export const createObjectStore = (config: StorageConfig): ObjectStore =>
  config.kind === 's3' ? new S3Store(config) : new LocalStore(config.folder);
