import { readdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { writePrivateFile } from './private-file.js';

const instanceSchema = z.object({
  pid: z.int().positive(),
  server: z.url(),
  credential: z.string(),
  dataDir: z.string(),
  /** Of its database, for replays. */
  databaseUrl: z.string().optional(),
});
/** A platform that `kernelcast up` or `demo` runs on this machine. */
export type LocalInstance = z.infer<typeof instanceSchema>;

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
};

/** The process holds its data folder; otherwise its number went to another one. */
const holdsFolder = ({ pid, dataDir }: LocalInstance): boolean => {
  try {
    return Number(readFileSync(path.join(dataDir, 'instance.lock'), 'utf8')) === pid;
  } catch {
    return false;
  }
};

const fileOf = (folder: string, pid: number) => path.join(folder, `${pid}.json`);

/**
 * Leaves word of a running platform, so that other commands of the same user find it.
 * @returns takes the word back
 */
export const announceInstance = (folder: string, instance: LocalInstance): (() => void) => {
  writePrivateFile(fileOf(folder, instance.pid), JSON.stringify(instance));
  return () => rmSync(fileOf(folder, instance.pid), { force: true });
};

const readInstance = (file: string): LocalInstance | undefined => {
  try {
    return instanceSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    return undefined;
  }
};

/** The platforms that run now. What one that was killed left behind is removed. */
export const listInstances = (folder: string): LocalInstance[] => {
  let names: string[];
  try {
    names = readdirSync(folder).filter((name) => /^\d+\.json$/.test(name));
  } catch {
    return [];
  }
  return names.flatMap((name) => {
    const file = path.join(folder, name);
    const instance = readInstance(file);
    if (instance && isAlive(instance.pid) && holdsFolder(instance)) return [instance];
    rmSync(file, { force: true });
    return [];
  });
};
