import { S3ServiceException } from '@aws-sdk/client-s3';
import { StorageError } from '../storage.errors.js';

const statusOf = (error: unknown): number | undefined =>
  error instanceof S3ServiceException ? error.$metadata.httpStatusCode : undefined;

/** S3's answer in our words. What is neither about the key nor the range is the store's trouble. */
export const translateS3Error = (error: unknown, key: string): StorageError => {
  if (error instanceof StorageError) return error;
  const status = statusOf(error);
  // A missing bucket is 404 as well, but is a fault of the configuration.
  const bucketMissing = error instanceof Error && error.name === 'NoSuchBucket';
  if (status === 404 && !bucketMissing)
    return new StorageError('object_not_found', `No object ${key}.`, { cause: error });
  if (status === 416)
    return new StorageError('range_not_satisfiable', `The range is outside of object ${key}.`, { cause: error });
  return new StorageError('storage_unavailable', `The store cannot be used for ${key}.`, { cause: error });
};
