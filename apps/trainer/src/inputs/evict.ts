import { readdir, rm, stat } from 'node:fs/promises';
import path from 'node:path';

interface CachedFile {
  readonly file: string;
  readonly size: number;
  readonly usedAt: number;
  /** Whether somebody has a link of his own to it. */
  readonly inUse: boolean;
}

/**
 * Removes the least recently used files of a folder until the rest has no more than `maxBytes`. Files that have a
 * second name are in use and stay, as do those that are still being written.
 * @returns bytes that are left
 */
export async function evict(folder: string, maxBytes: number): Promise<number> {
  const files = await list(folder);
  let total = files.reduce((sum, { size }) => sum + size, 0);
  for (const { file, size } of files.filter(({ inUse }) => !inUse).sort((a, b) => a.usedAt - b.usedAt)) {
    if (total <= maxBytes) break;
    await rm(file, { force: true });
    total -= size;
  }
  return total;
}

async function list(folder: string): Promise<CachedFile[]> {
  const names = (await readdir(folder)).filter((name) => !name.endsWith('.tmp'));
  const files = await Promise.all(
    names.map(async (name): Promise<CachedFile | undefined> => {
      const file = path.join(folder, name);
      const found = await stat(file).catch(() => undefined);
      return found && { file, size: found.size, usedAt: found.mtimeMs, inUse: found.nlink > 1 };
    }),
  );
  return files.filter((file) => file !== undefined);
}
