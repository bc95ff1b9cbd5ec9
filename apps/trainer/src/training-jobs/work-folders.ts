import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import path from 'node:path';

/** A living attempt writes a checkpoint every few seconds; a folder this old belongs to a trainer that was killed. */
const ABANDONED_AFTER_MS = 6 * 60 * 60 * 1000;

/** Folders in which attempts keep their files while they run. */
export class WorkFolders {
  private readonly root: string;

  constructor(cacheDir: string) {
    this.root = path.join(cacheDir, 'work');
  }

  /** Makes an empty folder, lends it to `use`, and removes it with all that is in it. */
  async lend<T>(name: string, use: (folder: string) => Promise<T>): Promise<T> {
    const folder = path.join(this.root, name);
    await mkdir(folder, { recursive: true });
    try {
      return await use(folder);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }

  /** Removes what killed trainers left behind. */
  async sweep(now = Date.now()): Promise<void> {
    const names = await readdir(this.root).catch(() => []);
    for (const name of names) {
      const folder = path.join(this.root, name);
      const { mtimeMs } = await stat(folder).catch(() => ({ mtimeMs: now }));
      if (now - mtimeMs > ABANDONED_AFTER_MS) await rm(folder, { recursive: true, force: true });
    }
  }
}
