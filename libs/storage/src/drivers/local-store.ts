import { randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { access, constants, mkdir, open, opendir, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { assertKey, isKey } from '../keys.js';
import type { ByteRange, ListedObject, ObjectStat, ObjectStore, OpenObject } from '../object-store.js';
import { clampRange } from '../ranges.js';
import { readStream, tooLarge } from '../read-stream.js';
import { StorageError } from '../storage.errors.js';

/** Folder for what is being written. Its name is no key, so that nothing in it can be asked for. */
const INCOMING = '.incoming';
/** Of one read: enough that its overhead does not count, little enough for a thousand slow readers at once. */
const READ_BYTES = 256 * 1024;

const isMissing = (error: unknown): boolean => {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ENOENT' || code === 'ENOTDIR' || code === 'EISDIR';
};

const translate = (error: unknown, key: string): StorageError => {
  if (error instanceof StorageError) return error;
  if (isMissing(error)) return new StorageError('object_not_found', `No object ${key}.`, { cause: error });
  return new StorageError('storage_unavailable', `The store cannot be used for ${key}.`, { cause: error });
};

/** Makes the names in a folder survive a power cut. Some file systems refuse; they have no such promise to give. */
const syncFolder = async (folder: string): Promise<void> => {
  const handle = await open(folder, 'r');
  await handle.sync().catch(() => undefined);
  await handle.close();
};

/** Keeps objects as files in a directory: the default of a single machine, and the trainer's cache. */
export class LocalStore implements ObjectStore {
  private readonly root: string;

  constructor(folder: string) {
    this.root = path.resolve(folder);
  }

  localPath(key: string): string {
    assertKey(key);
    return path.join(this.root, ...key.split('/'));
  }

  async put(key: string, body: Uint8Array | Readable): Promise<void> {
    const target = this.localPath(key);
    const incoming = path.join(this.root, INCOMING, randomUUID());
    try {
      await mkdir(path.dirname(incoming), { recursive: true });
      const source = body instanceof Readable ? body : Readable.from([body]);
      await pipeline(source, createWriteStream(incoming, { flush: true }));
      await this.rename(incoming, target);
    } catch (error) {
      await rm(incoming, { force: true }).catch(() => undefined);
      // A fault of the source is the caller's, not ours: a body cut short must not look like a broken disk.
      throw body instanceof Readable && body.errored === error ? error : this.fault(error, key);
    }
  }

  async open(key: string, range?: ByteRange): Promise<OpenObject> {
    const file = this.localPath(key);
    try {
      const handle = await open(file, 'r');
      try {
        const info = await handle.stat();
        if (!info.isFile()) throw new StorageError('object_not_found', `No object ${key}.`);
        const { size } = info;
        const revision = `${info.ino}-${size}-${info.mtimeMs}`;
        if (!range) {
          const stream = handle.createReadStream({ highWaterMark: READ_BYTES });
          return { stream, size, rangeSize: size, revision };
        }
        const { start, end } = clampRange(range, size);
        const stream = handle.createReadStream({ start, end, highWaterMark: READ_BYTES });
        return { stream, size, rangeSize: end - start + 1, revision };
      } catch (error) {
        await handle.close();
        throw error;
      }
    } catch (error) {
      throw translate(error, key);
    }
  }

  async read(key: string, limitBytes: number): Promise<Uint8Array> {
    const { stream, size } = await this.open(key);
    if (size > limitBytes) {
      stream.destroy();
      throw tooLarge(limitBytes);
    }
    return readStream(stream, limitBytes);
  }

  async stat(key: string): Promise<ObjectStat | null> {
    try {
      const info = await stat(this.localPath(key));
      return info.isFile() ? { size: info.size } : null;
    } catch (error) {
      if (isMissing(error)) return null;
      throw translate(error, key);
    }
  }

  async move(from: string, to: string): Promise<void> {
    const [source, target] = [this.localPath(from), this.localPath(to)];
    if (!(await this.stat(from))) throw new StorageError('object_not_found', `No object ${from}.`);
    await this.rename(source, target).catch((error: unknown) => {
      throw this.fault(error, to);
    });
  }

  async delete(key: string): Promise<void> {
    await rm(this.localPath(key), { force: true }).catch((error: unknown) => {
      throw this.fault(error, key);
    });
  }

  async *list(): AsyncGenerator<ListedObject> {
    try {
      yield* this.listFolder('');
    } catch (error) {
      throw this.fault(error, 'a listing');
    }
  }

  async ping(): Promise<void> {
    try {
      await mkdir(this.root, { recursive: true });
      await access(this.root, constants.R_OK | constants.W_OK);
    } catch (error) {
      throw this.fault(error, 'any object');
    }
  }

  async close(): Promise<void> {
    // Nothing is held open between calls.
  }

  /** What is no key, the folder of incoming files first of all, is no object. */
  private async *listFolder(prefix: string): AsyncGenerator<ListedObject> {
    const folder = await opendir(path.join(this.root, prefix)).catch((error: unknown) => {
      // Nothing was stored yet.
      if (isMissing(error)) return [];
      throw error;
    });
    for await (const entry of folder) {
      const key = prefix === '' ? entry.name : `${prefix}/${entry.name}`;
      if (!isKey(key)) continue;
      if (entry.isDirectory()) yield* this.listFolder(key);
      else if (entry.isFile()) {
        const info = await stat(path.join(this.root, key)).catch(() => null);
        if (info) yield { key, size: info.size, modifiedAt: info.mtime };
      }
    }
  }

  /** The name appears at once, and only for bytes that are on the disk. */
  private async rename(incoming: string, target: string): Promise<void> {
    await mkdir(path.dirname(target), { recursive: true });
    await rename(incoming, target);
    await syncFolder(path.dirname(target));
  }

  /** For writes: a missing folder is a fault of the store there, not a missing object. */
  private fault(error: unknown, key: string): StorageError {
    if (error instanceof StorageError) return error;
    return new StorageError('storage_unavailable', `The store cannot be used for ${key}.`, { cause: error });
  }
}
