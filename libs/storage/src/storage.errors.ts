export type StorageErrorCode =
  | 'object_not_found'
  | 'object_too_large'
  | 'object_corrupt'
  | 'range_not_satisfiable'
  | 'storage_unavailable'
  | 'key_invalid';

/** An object store refused, or could not be asked. `storage_unavailable` is transient; the others are final. */
export class StorageError extends Error {
  readonly code: StorageErrorCode;

  constructor(code: StorageErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'StorageError';
    this.code = code;
  }

  get retryable(): boolean {
    return this.code === 'storage_unavailable';
  }
}

/** Tells whether the store itself is away: the same request may succeed when it is back. */
export const isStorageUnavailable = (error: unknown): boolean => error instanceof StorageError && error.retryable;
