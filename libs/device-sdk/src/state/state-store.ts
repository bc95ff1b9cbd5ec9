import type { Digest } from '@kernelcast/artifact';

export type DocumentName = 'identity' | 'state';

/** A download that is not complete yet; it survives a restart. */
export interface PartialBlob {
  /** Bytes kept so far. */
  readonly size: number;
  append(bytes: Uint8Array): Promise<void>;
  /** Everything kept so far. */
  read(): Promise<Uint8Array>;
  /** Starts anew. */
  clear(): Promise<void>;
  /** Makes it the blob, durably and at once; it is gone as a partial one. */
  commit(): Promise<void>;
  /** Lets go of it, keeping what is there. */
  close(): Promise<void>;
}

/**
 * Where a device keeps what must survive a power cut. A write that returned is durable; one that did not has left
 * what was there before.
 */
export interface StateStore {
  readDocument(name: DocumentName): Promise<Uint8Array | undefined>;
  writeDocument(name: DocumentName, bytes: Uint8Array): Promise<void>;
  readBlob(digest: Digest): Promise<Uint8Array | undefined>;
  deleteBlob(digest: Digest): Promise<void>;
  /** Digests of all blobs, complete or partial. */
  listBlobs(): Promise<Digest[]>;
  partialBlob(digest: Digest): Promise<PartialBlob>;
}
