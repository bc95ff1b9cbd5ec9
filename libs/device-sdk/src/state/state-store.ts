import type { Digest } from '@kernelcast/artifact';

/** Small JSON documents a device keeps; `application` is for the program around the device. */
export type DocumentName = 'key' | 'identity' | 'credential' | 'state' | 'application';

export interface StoredDocument {
  /** Copies that are intact as written, newest first; at most the last two writes. */
  readonly copies: readonly unknown[];
  /** Whether a copy was found that is not intact, so that the newest intact one may be out of date. */
  readonly damaged: boolean;
}

/** A blob that is being downloaded; it survives a restart. */
export interface PartialBlob {
  /** Bytes kept so far. */
  readonly size: number;
  append(chunk: Uint8Array): Promise<void>;
  /** Drops what was kept. */
  truncate(): Promise<void>;
  read(): Promise<Uint8Array>;
  /** Makes it the blob of its digest, in one step that a power cut cannot halve. The caller has checked the bytes. */
  commit(): Promise<void>;
  /** Drops it altogether. */
  discard(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Where a device keeps what must outlive it. One writer at a time; readers in other processes see each document and
 * blob whole or not at all.
 *
 * Every method may reject with DeviceError `disk_full` or `store_failed`.
 */
export interface StateStore {
  readDocument(name: DocumentName): Promise<StoredDocument>;
  /** Replaces a document in one step and keeps the one before; once resolved it survives a power cut. */
  writeDocument(name: DocumentName, value: object): Promise<void>;
  /** The bytes as they lie there, unverified. */
  readBlob(digest: Digest): Promise<Uint8Array | undefined>;
  removeBlob(digest: Digest): Promise<void>;
  openPartial(digest: Digest): Promise<PartialBlob>;
  /** Removes blobs and partial blobs of all digests but these. */
  retainBlobs(digests: ReadonlySet<Digest>): Promise<void>;
}
