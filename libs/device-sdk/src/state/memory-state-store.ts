import type { Digest } from '@kernelcast/artifact';
import type { DocumentName, PartialBlob, StateStore } from './state-store.js';

/** Keeps a device's state as long as the page or process lives. */
export class MemoryStateStore implements StateStore {
  private readonly documents = new Map<DocumentName, Uint8Array>();
  private readonly blobs = new Map<Digest, Uint8Array>();
  private readonly partials = new Map<Digest, Uint8Array>();

  readDocument(name: DocumentName): Promise<Uint8Array | undefined> {
    return Promise.resolve(this.documents.get(name));
  }

  writeDocument(name: DocumentName, bytes: Uint8Array): Promise<void> {
    this.documents.set(name, bytes.slice());
    return Promise.resolve();
  }

  readBlob(digest: Digest): Promise<Uint8Array | undefined> {
    return Promise.resolve(this.blobs.get(digest));
  }

  deleteBlob(digest: Digest): Promise<void> {
    this.blobs.delete(digest);
    this.partials.delete(digest);
    return Promise.resolve();
  }

  listBlobs(): Promise<Digest[]> {
    return Promise.resolve([...new Set([...this.blobs.keys(), ...this.partials.keys()])]);
  }

  partialBlob(digest: Digest): Promise<PartialBlob> {
    const { blobs, partials } = this;
    const bytes = (): Uint8Array => partials.get(digest) ?? new Uint8Array(0);
    const set = (value: Uint8Array): Promise<void> => {
      partials.set(digest, value);
      return Promise.resolve();
    };
    return Promise.resolve({
      get size() {
        return bytes().length;
      },
      append: (more) => set(concatenate(bytes(), more)),
      read: () => Promise.resolve(bytes()),
      clear: () => set(new Uint8Array(0)),
      commit: () => {
        blobs.set(digest, bytes());
        partials.delete(digest);
        return Promise.resolve();
      },
      close: () => Promise.resolve(),
    });
  }
}

function concatenate(first: Uint8Array, second: Uint8Array): Uint8Array {
  const joined = new Uint8Array(first.length + second.length);
  joined.set(first);
  joined.set(second, first.length);
  return joined;
}
