export const BLOB_OPTIONS = Symbol('BLOB_OPTIONS');

export interface BlobOptions {
  /** Memory for small blobs. */
  readonly cacheBytes: number;
  /** Largest blob that is kept in memory. */
  readonly cachedBlobBytes: number;
  /** Where devices are sent instead: to the store by URLs signed for a while, to a CDN, or nowhere. */
  readonly redirect: 'none' | 'presigned' | 'cdn';
  /** Address below which a CDN has the store's keys. */
  readonly cdnUrl?: string;
  /** How long a presigned URL lasts. */
  readonly urlSeconds: number;
}
