import * as fs from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import type { FileSystem } from '../node/file-system.js';

/** What a dead process "sees": nothing more happens. */
class Death extends Error {
  constructor() {
    super('the process is dead');
    this.name = 'Death';
  }
}

interface Rename {
  readonly from: string;
  readonly to: string;
  /** What was at `to` before. */
  readonly overwritten: Uint8Array | undefined;
}

const exists = (file: string): Promise<boolean> =>
  fs.stat(file).then(
    () => true,
    () => false,
  );

/**
 * A file system that dies at its n-th step, in the middle of it when that is a write. It knows which data and which
 * names had not been forced to the disk, so that a power cut can take them away.
 */
export class DyingFileSystem {
  steps = 0;
  private readonly unsynced = new Set<string>();
  private renames: Rename[] = [];

  /**
   * @param lastStep the step that fails; Infinity for a process that lives
   * @param fault `full`: from there on writes have no room, and nothing else fails; only they count as steps
   */
  constructor(
    private readonly lastStep: number,
    private readonly fault: 'death' | 'full' = 'death',
  ) {}

  /** The calls to give to a store. */
  readonly files: FileSystem = {
    mkdir: this.wrap(fs.mkdir),
    readdir: this.wrap(fs.readdir),
    readFile: this.wrap(fs.readFile),
    rm: this.wrap(fs.rm),
    stat: this.wrap(fs.stat),
    truncate: this.wrap(fs.truncate),
    rename: async (from, to) => {
      this.step();
      const overwritten = await fs.readFile(String(to)).catch(() => undefined);
      await fs.rename(from, to);
      this.renames.push({ from: String(from), to: String(to), overwritten });
      if (this.unsynced.delete(String(from))) this.unsynced.add(String(to));
    },
    open: async (file, flags, mode) => {
      this.step(flags !== 'r');
      return this.wrapHandle(String(file), await fs.open(file, flags, mode));
    },
  };

  /** Takes away what a power cut would: names changed since their folder was synced, and data never synced. */
  async cutPower(): Promise<void> {
    for (const { from, to, overwritten } of this.renames.reverse()) {
      if (!(await exists(to))) continue;
      await fs.rename(to, from);
      if (this.unsynced.delete(to)) this.unsynced.add(from);
      if (overwritten) await fs.writeFile(to, overwritten);
    }
    for (const file of this.unsynced) {
      // Length is often kept and data lost: a file of zeros.
      if (await exists(file)) await fs.writeFile(file, new Uint8Array((await fs.stat(file)).size));
    }
  }

  private step(writes = false): void {
    if (this.fault === 'full' && !writes) return;
    this.steps += 1;
    if (this.steps < this.lastStep) return;
    throw this.fault === 'full' ? Object.assign(new Error('no space left on device'), { code: 'ENOSPC' }) : new Death();
  }

  private wrap<F extends (...args: never[]) => unknown>(call: F): F {
    const wrapped = (...args: Parameters<F>): unknown => {
      try {
        this.step();
      } catch (error) {
        return Promise.reject(error);
      }
      return call(...args);
    };
    return wrapped as F;
  }

  private wrapHandle(file: string, handle: FileHandle): FileHandle {
    const write = async (bytes: Uint8Array): Promise<void> => {
      this.unsynced.add(file);
      try {
        this.step(true);
      } catch (error) {
        await handle.appendFile(bytes.subarray(0, bytes.byteLength / 2));
        throw error;
      }
      await handle.appendFile(bytes);
    };
    const sync = async (): Promise<void> => {
      this.step();
      await handle.sync();
      this.unsynced.delete(file);
      this.renames = this.renames.filter(({ to }) => !to.startsWith(`${file}/`));
    };
    // Closing is no step: the kernel closes for a dead process.
    return {
      writeFile: write,
      appendFile: write,
      sync,
      close: () => handle.close(),
      stat: () => handle.stat(),
    } as FileHandle;
  }
}
