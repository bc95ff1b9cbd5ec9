import type { Digest } from '@kernelcast/artifact';
import type { DocumentName, PartialBlob, StateStore, StoredDocument } from './state-store.js';

/** A store that lasts as long as the process: for tests, and for pages that start anew each time. */
export class MemoryStateStore implements StateStore {
  private readonly documents = new Map<DocumentName, string[]>();
  private readonly blobs = new Map<Digest, Uint8Array>();
  private readonly partials = new Map<Digest, Uint8Array>();

  readDocument(name: DocumentName): Promise<StoredDocument> {
    const copies = (this.documents.get(name) ?? []).map((text): unknown => JSON.parse(text));
    return Promise.resolve({ copies, damaged: false });
  }

  writeDocument(name: DocumentName, value: object): Promise<void> {
    const before = this.documents.get(name) ?? [];
    this.documents.set(name, [JSON.stringify(value), ...before.slice(0, 1)]);
    return Promise.resolve();
  }

  readBlob(digest: Digest): Promise<Uint8Array | undefined> {
    return Promise.resolve(this.blobs.get(digest)?.slice());
  }

  removeBlob(digest: Digest): Promise<void> {
    this.blobs.delete(digest);
    return Promise.resolve();
  }

  openPartial(digest: Digest): Promise<PartialBlob> {
    return Promise.resolve(new MemoryPartialBlob(digest, this.blobs, this.partials));
  }

  retainBlobs(digests: ReadonlySet<Digest>): Promise<void> {
    for (const kept of [this.blobs, this.partials]) {
      for (const digest of kept.keys()) if (!digests.has(digest)) kept.delete(digest);
    }
    return Promise.resolve();
  }
}

class MemoryPartialBlob implements PartialBlob {
  constructor(
    private readonly digest: Digest,
    private readonly blobs: Map<Digest, Uint8Array>,
    private readonly partials: Map<Digest, Uint8Array>,
  ) {}

  get size(): number {
    return this.bytes.byteLength;
  }

  private get bytes(): Uint8Array {
    return this.partials.get(this.digest) ?? new Uint8Array(0);
  }

  append(chunk: Uint8Array): Promise<void> {
    const longer = new Uint8Array(this.size + chunk.byteLength);
    longer.set(this.bytes);
    longer.set(chunk, this.size);
    this.partials.set(this.digest, longer);
    return Promise.resolve();
  }

  truncate(): Promise<void> {
    return this.discard();
  }

  read(): Promise<Uint8Array> {
    return Promise.resolve(this.bytes.slice());
  }

  commit(): Promise<void> {
    this.blobs.set(this.digest, this.bytes);
    return this.discard();
  }

  discard(): Promise<void> {
    this.partials.delete(this.digest);
    return Promise.resolve();
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
