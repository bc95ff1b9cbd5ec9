import * as fs from 'node:fs/promises';
import { DeviceError, describeError } from '../device.errors.js';

/** The calls of `node:fs/promises` that the store is made of; a test may put failing ones in their place. */
export type FileSystem = Pick<
  typeof fs,
  'mkdir' | 'open' | 'readdir' | 'readFile' | 'rename' | 'rm' | 'stat' | 'truncate'
>;

export const realFileSystem: FileSystem = fs;

/** No room, by the disk or by a quota. */
const FULL = new Set(['ENOSPC', 'EDQUOT']);

/** Gives errors of the file system the store's codes. */
export async function storing<T>(what: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (cause) {
    if (cause instanceof DeviceError) throw cause;
    const code = errnoOf(cause);
    const detail = `${what}: ${describeError(cause).detail}`;
    throw new DeviceError(code !== undefined && FULL.has(code) ? 'disk_full' : 'store_failed', detail, { cause });
  }
}

/** The code of a system error, such as `ENOENT`. */
export function errnoOf(error: unknown): string | undefined {
  const code: unknown = Object(error).code;
  return typeof code === 'string' ? code : undefined;
}

/** The result, or undefined when a file is not there. */
export async function unlessMissing<T>(action: Promise<T>): Promise<T | undefined> {
  try {
    return await action;
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** Makes creations and renames in a folder survive a power cut (fsync(2) of the directory). */
export async function syncFolder(files: FileSystem, folder: string): Promise<void> {
  // Windows cannot open folders, and needs no such step.
  if (process.platform === 'win32') return;
  const handle = await files.open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Only the device's own account may read its key. */
export const PRIVATE_FILE = 0o600;
export const PRIVATE_FOLDER = 0o700;

/** Writes a file and forces it to the disk; under a name nobody reads yet. */
export async function writeDurably(files: FileSystem, path: string, bytes: Uint8Array): Promise<void> {
  const handle = await files.open(path, 'w', PRIVATE_FILE);
  try {
    await handle.writeFile(bytes);
    await handle.sync();
  } finally {
    await handle.close();
  }
}
