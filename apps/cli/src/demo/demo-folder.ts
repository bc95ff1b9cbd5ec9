import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { DataDir } from '../embedded/data-dir.js';

/** Marks a folder as made by the demonstration, so that it may be emptied. */
const MARKER = '.kernelcast-demo';

/**
 * Gives the demonstration an empty folder. Only one that is new, empty, or its own from an earlier run is taken.
 *
 * @throws DataDirInUseError when a demonstration runs in it
 * @throws Error when it holds something else
 */
export const prepareDemoFolder = (folder: string): void => {
  const held = existsSync(folder) ? readdirSync(folder) : [];
  if (held.length > 0) {
    if (!held.includes(MARKER)) throw new Error(`${folder} holds other files; choose another folder with --data-dir`);
    const dir = new DataDir(folder);
    dir.lock();
    for (const name of held.filter((entry) => entry !== MARKER))
      rmSync(path.join(folder, name), { recursive: true, force: true });
    dir.unlock();
  }
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, MARKER), '');
};
