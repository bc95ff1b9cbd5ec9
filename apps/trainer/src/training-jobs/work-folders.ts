import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';

/** A living attempt writes a checkpoint every few seconds; a folder this old belongs to a trainer that was killed. */
const ABANDONED_AFTER_MS = 6 * 60 * 60 * 1000;

/** Says in each folder whose it is: host and process. */
const OWNER_FILE = 'owner';

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Somebody else's process is one all the same.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
};

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
      await writeFile(path.join(folder, OWNER_FILE), `${os.hostname()} ${process.pid}`);
      return await use(folder);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }

  /**
   * Removes what killed trainers left behind: at once what processes of this host left that are gone, and after hours
   * what others did, who may share the folder. To be called before anything is lent.
   */
  async sweep(now = Date.now()): Promise<void> {
    const names = await readdir(this.root).catch(() => []);
    for (const name of names) {
      const folder = path.join(this.root, name);
      const { mtimeMs } = await stat(folder).catch(() => ({ mtimeMs: now }));
      if (now - mtimeMs > ABANDONED_AFTER_MS || (await isOrphaned(folder)))
        await rm(folder, { recursive: true, force: true });
    }
  }
}

/** A container that was started anew may well have the process id of the one before. */
async function isOrphaned(folder: string): Promise<boolean> {
  const [host, pid] = (await readFile(path.join(folder, OWNER_FILE), 'utf8').catch(() => '')).split(' ');
  return host === os.hostname() && (Number(pid) === process.pid || !isAlive(Number(pid)));
}
