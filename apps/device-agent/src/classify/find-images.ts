import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';

const IMAGE_NAME = /\.(png|jpe?g|webp)$/i;

/**
 * The files of a command line: named ones as they are, folders as the images in and below them, sorted by name.
 * @throws Error naming what is not there, and a folder without images
 */
export async function findImages(paths: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for (const name of paths) {
    const entry = await stat(name).catch(() => undefined);
    if (entry === undefined) throw new Error(`there is no file or folder ${name}`);
    if (!entry.isDirectory()) found.push(name);
    else found.push(...(await imagesBelow(name)));
  }
  return found;
}

async function imagesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const images = entries
    .filter((entry) => entry.isFile() && IMAGE_NAME.test(entry.name))
    .map((entry) => path.join(entry.parentPath, entry.name))
    .sort();
  if (images.length === 0) throw new Error(`there is no PNG, JPEG or WebP in ${folder}`);
  return images;
}
