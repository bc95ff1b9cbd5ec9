import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import sharp from 'sharp';
import yazl from 'yazl';
import type { ImageFiles } from './dataset.types.js';
import { openImages } from './open-images.js';
import { openDatasetZip, readDatasetZip } from './read-dataset-zip.js';

const SIZE = { height: 3, width: 2 };
const IMAGE_BYTES = 18;
/** So little that nothing fits into memory. */
const STREAMED = { limits: { decodedBytes: 1 } };
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'kernelcast-images-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** A photo of noise, larger than the size that is asked for. */
const photo = (seed: number): Promise<Buffer> => {
  const pixels = Uint8Array.from({ length: 7 * 5 * 3 }, (_, i) => (i * 31 * (seed + 1) + seed) % 256);
  return sharp(pixels, { raw: { width: 7, height: 5, channels: 3 } })
    .jpeg()
    .toBuffer();
};

async function zipOf(name: string, more: readonly [string, Buffer][] = []): Promise<string> {
  const zip = new yazl.ZipFile();
  for (const label of ['a', 'b']) {
    for (let i = 0; i < 4; i++) zip.addBuffer(await photo(i + label.charCodeAt(0)), `train/${label}/${i}.jpg`);
  }
  zip.addBuffer(await photo(0), 'test/a/0.jpg');
  for (const [file, bytes] of more) zip.addBuffer(bytes, file);
  zip.end();
  const file = path.join(folder, name);
  await pipeline(zip.outputStream, createWriteStream(file));
  return file;
}

const pixelsOf = async (
  images: Parameters<typeof openImages>[0],
  indices: number[],
  cacheBytes?: number,
): Promise<number[]> => {
  const reader = await openImages(images, { cacheBytes });
  const target = new Uint8Array(indices.length * IMAGE_BYTES);
  try {
    await reader.read(Uint32Array.from(indices), target);
  } finally {
    await reader.close();
  }
  return [...target];
};

describe('openDatasetZip', () => {
  it('takes what fits into memory', async () => {
    const file = await zipOf('fits.zip');
    expect(await openDatasetZip(file, SIZE)).toEqual(await readDatasetZip(file, SIZE));
  });

  it('leaves in the archive what does not', async () => {
    const file = await zipOf('large.zip');
    const { labels, train, test } = await openDatasetZip(file, SIZE, STREAMED);
    expect(labels).toEqual(['a', 'b']);
    expect(train).toMatchObject({ archive: file, count: 8, ...SIZE, labels: Uint16Array.of(0, 0, 0, 0, 1, 1, 1, 1) });
    expect(test).toMatchObject({ names: ['test/a/0.jpg'], count: 1 });
  });

  it('still refuses what breaks another limit', async () => {
    const opening = openDatasetZip(await zipOf('classes.zip'), SIZE, { limits: { decodedBytes: 1, classes: 1 } });
    await expect(opening).rejects.toMatchObject({ code: 'dataset_invalid' });
  });
});

describe('openImages', () => {
  it.each([0, 2 * IMAGE_BYTES, undefined])(
    'gives of an archive the pixels that memory would hold, with a cache of %p bytes',
    async (cacheBytes) => {
      const file = await zipOf('same.zip');
      const memory = (await readDatasetZip(file, SIZE)).train;
      const streamed = (await openDatasetZip(file, SIZE, STREAMED)).train;
      const order = [5, 0, 5, 7, 1, 1, 6, 2, 3, 4, 0];
      expect(await pixelsOf(streamed, order, cacheBytes)).toEqual(await pixelsOf(memory, order));
    },
  );

  it('names the image that cannot be decoded, and reads the others', async () => {
    const file = await zipOf('broken.zip', [['train/a/9.jpg', Buffer.from([0xff, 0xd8, 0xff, 0, 0, 0])]]);
    const { train } = await openDatasetZip(file, SIZE, STREAMED);
    expect((train as ImageFiles).names[4]).toBe('train/a/9.jpg');
    const failing = pixelsOf(train, [0, 4, 1]);
    await expect(failing).rejects.toMatchObject({ code: 'image_invalid', file: 'train/a/9.jpg' });
    expect((await pixelsOf(train, [0, 1])).length).toBe(2 * IMAGE_BYTES);
  });

  it('says that the archive is gone', async () => {
    const file = await zipOf('gone.zip');
    const { train } = await openDatasetZip(file, SIZE, STREAMED);
    await rm(file);
    await expect(openImages(train)).rejects.toMatchObject({ code: 'dataset_invalid' });
  });
});
