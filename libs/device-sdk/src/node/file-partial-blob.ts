import path from 'node:path';
import type { FileHandle } from 'node:fs/promises';
import type { PartialBlob } from '../state/state-store.js';
import { PRIVATE_FILE, storing, syncFolder } from './file-system.js';
import type { FileSystem } from './file-system.js';

/** A partial blob as a file that is appended to. */
export class FilePartialBlob implements PartialBlob {
  private handle: FileHandle | undefined;

  private constructor(
    private readonly files: FileSystem,
    private readonly file: string,
    private readonly final: string,
    handle: FileHandle,
    private length: number,
  ) {
    this.handle = handle;
  }

  /** @param final - the name it gets when it is committed, in a folder beside its own */
  static open(files: FileSystem, file: string, final: string): Promise<FilePartialBlob> {
    return storing(`cannot open ${file}`, async () => {
      const handle = await files.open(file, 'a', PRIVATE_FILE);
      const { size } = await handle.stat();
      return new FilePartialBlob(files, file, final, handle, size);
    });
  }

  get size(): number {
    return this.length;
  }

  append(chunk: Uint8Array): Promise<void> {
    return storing(`cannot write ${this.file}`, async () => {
      await this.handle?.appendFile(chunk);
      this.length += chunk.byteLength;
    });
  }

  truncate(): Promise<void> {
    return storing(`cannot empty ${this.file}`, async () => {
      await this.files.truncate(this.file, 0);
      this.length = 0;
    });
  }

  read(): Promise<Uint8Array> {
    return storing(`cannot read ${this.file}`, () => this.files.readFile(this.file));
  }

  commit(): Promise<void> {
    return storing(`cannot keep ${this.final}`, async () => {
      await this.handle?.sync();
      await this.close();
      await this.files.rename(this.file, this.final);
      await syncFolder(this.files, path.dirname(this.final));
    });
  }

  discard(): Promise<void> {
    return storing(`cannot remove ${this.file}`, async () => {
      await this.close();
      await this.files.rm(this.file, { force: true });
    });
  }

  async close(): Promise<void> {
    const { handle } = this;
    this.handle = undefined;
    await handle?.close();
  }
}
