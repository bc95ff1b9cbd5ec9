import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { bundleEntries, writeBundle, type BundleFiles } from '@kernelcast/artifact';
import { CliError } from '../failures/cli-error.js';

/**
 * Writes a bundle as one file when the path ends in `.tar`, else as a folder; either appears only when it is whole.
 *
 * @returns its bytes
 * @throws CliError when it cannot be written, or a folder is in the way
 */
export const saveBundle = async (files: BundleFiles, index: object, where: string): Promise<number> => {
  const partial = `${where.replace(/\/+$/, '')}.part`;
  try {
    await rm(partial, { force: true, recursive: true });
    const bytes = where.endsWith('.tar') ? await writeFileOf(files, index, partial) : await writeFolder(files, index, partial); // prettier-ignore
    await rename(partial, where);
    return bytes;
  } catch (error) {
    await rm(partial, { force: true, recursive: true });
    throw new CliError(`${where} cannot be written: ${(error as Error).message}`, {
      advice: 'Name another path with --out: a .tar file, or a folder that is not there yet or is empty.',
      cause: error,
    });
  }
};

const writeFileOf = async (files: BundleFiles, index: object, file: string): Promise<number> => {
  const bytes = writeBundle(files, index);
  await writeFile(file, bytes);
  return bytes.byteLength;
};

const writeFolder = async (files: BundleFiles, index: object, folder: string): Promise<number> => {
  let total = 0;
  await mkdir(folder, { recursive: true });
  for (const [name, bytes] of bundleEntries(files, index)) {
    await mkdir(path.dirname(path.join(folder, name)), { recursive: true });
    await writeFile(path.join(folder, name), bytes);
    total += bytes.byteLength;
  }
  return total;
};
