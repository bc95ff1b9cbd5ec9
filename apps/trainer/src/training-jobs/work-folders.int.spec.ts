import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { mkdir, utimes, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { tempDir, type TempDir } from '@kernelcast/testing';
import { WorkFolders } from './work-folders.js';

const HOUR_MS = 3_600_000;

let cache: TempDir;
beforeEach(() => {
  cache = tempDir('work-folders');
});
afterEach(() => cache.remove());

it('lends a folder and takes it back with all that is in it, also after a fault', async () => {
  const folders = new WorkFolders(cache.path);
  let lent = '';
  const use = async (folder: string): Promise<never> => {
    lent = folder;
    await writeFile(path.join(folder, 'checkpoint'), 'x');
    throw new Error('fault');
  };
  await expect(folders.lend('attempt', use)).rejects.toThrow('fault');
  expect(lent).not.toBe('');
  expect(existsSync(lent)).toBe(false);
});

it('sweeps what killed trainers left behind, and nothing that is in use', async () => {
  const [old, fresh] = ['old', 'fresh'].map((name) => path.join(cache.path, 'work', name)) as [string, string];
  await mkdir(old, { recursive: true });
  await mkdir(fresh);
  const longAgo = new Date(Date.now() - 7 * HOUR_MS);
  await utimes(old, longAgo, longAgo);
  await new WorkFolders(cache.path).sweep();
  expect([existsSync(old), existsSync(fresh)]).toEqual([false, true]);
});

it('sweeps at once what a process of this host left that is gone, and nothing of one that lives', async () => {
  const gone = spawnSync(process.execPath, ['-e', '']).pid;
  const owners = {
    dead: `${os.hostname()} ${gone}`,
    alive: `${os.hostname()} ${process.ppid}`,
    elsewhere: `other ${gone}`,
  };
  for (const [name, owner] of Object.entries(owners)) {
    await mkdir(path.join(cache.path, 'work', name), { recursive: true });
    await writeFile(path.join(cache.path, 'work', name, 'owner'), owner);
  }
  await new WorkFolders(cache.path).sweep();
  expect(readdirSync(path.join(cache.path, 'work')).sort()).toEqual(['alive', 'elsewhere']);
});

it('has nothing to sweep before the first attempt', async () => {
  await expect(new WorkFolders(cache.path).sweep()).resolves.toBeUndefined();
});
