import type { Readable } from 'node:stream';
import type { Digest } from '@kernelcast/contracts';

/** Bytes `start` to `end`, both included, as in HTTP; without `end` to the last one. */
export interface ByteRange {
  readonly start: number;
  readonly end?: number;
}

export interface OpenObject {
  /** The caller reads it to its end or destroys it. */
  readonly stream: Readable;
  /** Bytes of the whole object. */
  readonly size: number;
  /** Bytes that `stream` gives. */
  readonly rangeSize: number;
  /** Differs when the object was written anew, even in the same place. */
  readonly revision: string;
}

export interface ObjectStat {
  readonly size: number;
}

/** An object as a listing shows it. */
export interface ListedObject {
  readonly key: string;
  readonly size: number;
  readonly modifiedAt: Date;
}

export interface PutOptions {
  readonly contentType?: string;
}

/**
 * Where bytes live: a local directory or an S3 bucket. Keys are slash-separated names of letters, digits and `._-`.
 * An object appears under its key whole or not at all. All methods reject with `StorageError`.
 */
export interface ObjectStore {
  /** Writes an object, over an older one of the same key. */
  put(key: string, body: Uint8Array | Readable, options?: PutOptions): Promise<void>;
  /** Opens an object, or a part of it, for streaming. */
  open(key: string, range?: ByteRange): Promise<OpenObject>;
  /** Reads a whole object into memory; `object_too_large` when it has more than `limitBytes`. */
  read(key: string, limitBytes: number): Promise<Uint8Array>;
  stat(key: string): Promise<ObjectStat | null>;
  /** Gives an object another key; the old one is gone afterwards. */
  move(from: string, to: string): Promise<void>;
  /** Deleting what is not there is no fault. */
  delete(key: string): Promise<void>;
  /**
   * Every object, each once, in no promised order and page by page: what is put or deleted meanwhile may or may not be
   * among them.
   */
  list(): AsyncIterable<ListedObject>;
  /**
   * Tells whoever removes blobs that nobody refers to that one is about to be put, or to be taken for stored because it
   * is there already. `putBlob` and `putBlobStream` call it first.
   */
  announce?(digest: Digest): Promise<void>;
  /** Path of the object's file, when this store has files. */
  localPath?(key: string): string | undefined;
  /** URL by which anybody may GET the object for so long, when this store has URLs. */
  presign?(key: string, expiresInSeconds: number): Promise<string>;
  /** Rejects when the store cannot be used. For readiness checks. */
  ping(): Promise<void>;
  close(): Promise<void>;
}
