import { randomUUID } from 'node:crypto';
import { existsSync, statSync } from 'node:fs';
import { cp, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { SystemUser } from './postgres-user.js';

/**
 * Where the server's files go when we are root and work beneath a folder that is closed to others, such as `/root`:
 * the server runs as another user, who could neither execute its binaries nor reach its cluster there.
 */
const STAGING = '/var/lib/kernelcast';
const ID_FILE = 'cluster-id';
const ORIGIN_FILE = 'origin';

const SEARCH = { owner: 0o100, group: 0o010, others: 0o001 } as const;

const maySearch = (folder: string, { uid, gid }: SystemUser): boolean => {
  const stat = statSync(folder, { throwIfNoEntry: false });
  if (!stat) return true;
  if (stat.uid === uid) return (stat.mode & SEARCH.owner) !== 0;
  if (stat.gid === gid) return (stat.mode & SEARCH.group) !== 0;
  return (stat.mode & SEARCH.others) !== 0;
};

/** Whether `user` can walk to what lies in `folder`: each folder on the way must let that user search it. */
export const canReach = (folder: string, user: SystemUser): boolean => {
  if (user.uid === undefined) return true;
  const parent = path.dirname(folder);
  return maySearch(folder, user) && (parent === folder || canReach(parent, user));
};

/** Copies `folder` to where every user can read it, once per version, and returns that place. */
export const stageBinaries = async (folder: string, version: string): Promise<string> => {
  const target = path.join(STAGING, `postgres-${version}`);
  if (existsSync(target)) return target;
  await mkdir(STAGING, { recursive: true, mode: 0o755 });
  const making = `${target}.${randomUUID()}`;
  await cp(folder, making, { recursive: true, verbatimSymlinks: true });
  // Another process may have been faster; its copy is as good as ours.
  await rename(making, target).catch(() => rm(making, { recursive: true, force: true }));
  return target;
};

const readText = (file: string): Promise<string | undefined> =>
  readFile(file, 'utf8').then(
    (text) => text.trim(),
    () => undefined,
  );

/** Removes clusters whose data folder is gone or was made anew: nothing can refer to them any more. */
const sweep = async (clusters: string): Promise<void> => {
  for (const id of await readdir(clusters)) {
    const origin = await readText(path.join(clusters, id, ORIGIN_FILE));
    if (origin !== undefined && (await readText(path.join(origin, ID_FILE))) !== id)
      await rm(path.join(clusters, id), { recursive: true, force: true });
  }
};

/**
 * The folder in which the server of `dataDir` keeps its cluster: `dataDir` itself, or a staged one that `dataDir`
 * names by an id of its own, so that removing `dataDir` forgets the cluster as well.
 */
export const clusterHome = async (dataDir: string, user: SystemUser): Promise<string> => {
  if (canReach(path.dirname(dataDir), user)) return dataDir;
  await mkdir(dataDir, { recursive: true });
  const clusters = path.join(STAGING, 'clusters');
  await mkdir(clusters, { recursive: true, mode: 0o755 });
  await sweep(clusters);
  const idFile = path.join(dataDir, ID_FILE);
  const id = (await readText(idFile)) ?? randomUUID();
  const home = path.join(clusters, id);
  await mkdir(home, { recursive: true, mode: 0o711 });
  await writeFile(path.join(home, ORIGIN_FILE), dataDir);
  await writeFile(idFile, id);
  return home;
};
