export { blobKey, putBlob, putBlobStream, readBlob, type StoredBlob } from './blobs/blobs.js';
export { createObjectStore, type AnnounceBlob } from './create-object-store.js';
export type { ByteRange, ListedObject, ObjectStat, ObjectStore, OpenObject, PutOptions } from './object-store.js';
export {
  storageConfigFrom,
  type LocalStorageConfig,
  type S3StorageConfig,
  type StorageConfig,
  type StorageEnvironment,
} from './storage.config.js';
export { isStorageUnavailable, StorageError, type StorageErrorCode } from './storage.errors.js';
export { OBJECT_STORE, StorageModule } from './storage.module.js';
