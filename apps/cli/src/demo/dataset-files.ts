import { createWriteStream } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import sharp from 'sharp';
import { ZipFile } from 'yazl';
import { SIDE, type GreyImage, type ImageSource } from './image-sources.js';

export interface DatasetFiles {
  source: ImageSource;
  /** A zip of `train/<label>/…` and `test/<label>/…`, ready to be uploaded. */
  zip: string;
  /** Held-out images as files, for the device. */
  heldOut: Array<{ file: string; label: string }>;
}

/** The same pixels give the same zip, and so the same dataset digest, at every run. */
const ZIP_TIME = new Date(Date.UTC(2000, 0, 1));

const png = ({ pixels }: GreyImage): Promise<Buffer> =>
  sharp(pixels, { raw: { width: SIDE, height: SIDE, channels: 1 } })
    .png({ compressionLevel: 1 })
    .toBuffer();

/** Writes a source's images as a dataset zip, and the held-out ones as single files beside it. */
export const writeDatasetFiles = async (
  source: ImageSource,
  folder: string,
  perClass: { train: number; test: number },
): Promise<DatasetFiles> => {
  const images = await source.load(perClass);
  const target = path.join(folder, source.name);
  await mkdir(target, { recursive: true });
  const zip = new ZipFile();
  const heldOut: DatasetFiles['heldOut'] = [];
  for (const split of ['train', 'test'] as const) {
    const encoded = await Promise.all(images[split].map(png));
    for (const [index, { label }] of images[split].entries()) {
      const bytes = encoded[index];
      if (!bytes) continue;
      const name = `${String(index).padStart(5, '0')}.png`;
      zip.addBuffer(bytes, `${split}/${label}/${name}`, { mtime: ZIP_TIME, compress: false });
      if (split === 'train') continue;
      const file = path.join(target, name);
      await writeFile(file, bytes);
      heldOut.push({ file, label });
    }
  }
  zip.end();
  const zipFile = path.join(folder, `${source.name}.zip`);
  await pipeline(zip.outputStream, createWriteStream(zipFile));
  return { source, zip: zipFile, heldOut };
};
