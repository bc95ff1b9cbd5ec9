import { createWriteStream, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { gzipSync } from 'node:zlib';
import { tempDir, type TempDir } from '@kernelcast/testing';
import sharp from 'sharp';
import { ZipFile } from 'yazl';
import { imagesOf, png, zipOf } from '../../testing/uploads.js';
import { DATASET_LIMITS } from '../dataset-limits.js';
import { examineArchive } from './examine-archive.js';

let folder: TempDir;
beforeAll(() => {
  folder = tempDir('archives');
});
afterAll(() => folder.remove());

const examine = (archive: Buffer, limits = DATASET_LIMITS) => {
  const file = path.join(folder.path, 'archive.zip');
  writeFileSync(file, archive);
  return examineArchive(file, { folder: folder.path, limits });
};
const good = imagesOf(['cat', 'dog']);
const examineWith = async (files: Record<string, Buffer>) => examine(await zipOf({ ...good, ...files }));
/** Replaces bytes of an archive by others of the same length, everywhere. */
const patch = (archive: Buffer, from: string, to: string) =>
  Buffer.from(archive.toString('latin1').replaceAll(from, to), 'latin1');

describe('examineArchive', () => {
  it('finds nothing wrong with images in class folders, and ignores what operating systems leave', async () => {
    const litter = { '__MACOSX/train/cat/._0.png': Buffer.from('x'), 'train/.DS_Store': Buffer.from('x') };
    const report = await examineWith(litter);
    expect(report).toMatchObject({ ready: true, images: 8, findings: [] });
    expect(report.stats).toMatchObject({
      splits: { train: 6, test: 2 },
      balance: { smallest: 4, largest: 4, ratio: 1 },
      width: { min: 8, median: 8, max: 8 },
      sizes: [{ width: 8, height: 8, images: 8 }],
      formats: { png: 8 },
      findings: { errors: 0, warnings: 0, byCode: {} },
    });
  });

  it('shows up to four images of each class, those that are trained on first', async () => {
    const { preview } = await examine(await zipOf(imagesOf(['cat', 'dog'], 5)));
    expect(preview.classes.map(({ label }) => label)).toEqual(['cat', 'dog']);
    const [cats] = preview.classes;
    expect(cats?.images.map(({ file }) => file)).toEqual([0, 1, 2, 3].map((i) => `train/cat/${i}.png`));
    expect(cats?.images[0]).toMatchObject({ split: 'train', width: 8, height: 8 });
    const webp = Buffer.from(cats?.images[0]?.thumbnail.split(',')[1] ?? '', 'base64');
    expect(await sharp(webp).metadata()).toMatchObject({ format: 'webp', width: 8, height: 8 });
  });

  it('says nothing against an image that only looks like another, but hints at it', async () => {
    const picture = sharp(png(1234)).resize(120, 120, { kernel: 'cubic' });
    const [original, again] = [await picture.png().toBuffer(), await picture.jpeg({ quality: 80 }).toBuffer()];
    const report = await examineWith({ 'train/cat/x.png': original, 'test/cat/x.jpg': again });
    expect(report.ready).toBe(true);
    expect(report.findings).toMatchObject([
      { code: 'near_duplicate', severity: 'warning', file: 'train/cat/x.png', detail: 'looks like test/cat/x.jpg' },
    ]);
  });

  it('hints at the same image twice in a class', async () => {
    const report = await examineWith({ 'train/cat/x.png': png(0) });
    expect(report.ready).toBe(true);
    expect(report.findings).toMatchObject([{ code: 'duplicate_image', severity: 'warning', file: 'train/cat/x.png' }]);
    expect(report.stats.findings).toEqual({ errors: 0, warnings: 1, byCode: { duplicate_image: 1 } });
  });

  it('stops listing findings where nobody would read on', async () => {
    const files = Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`train/cat/${i}.txt`, png(i)]));
    expect((await examineWith(files)).findings).toHaveLength(100);
  });

  it('stops when it is told to', async () => {
    const signal = AbortSignal.abort(new Error('enough'));
    const file = path.join(folder.path, 'archive.zip');
    writeFileSync(file, await zipOf(good));
    await expect(examineArchive(file, { folder: folder.path, signal })).rejects.toThrow('enough');
  });
});

const idx = (dimensions: readonly number[], data: Buffer): Buffer => {
  const header = Buffer.alloc(4 + 4 * dimensions.length);
  header.writeUInt32BE(0x0800 + dimensions.length, 0);
  dimensions.forEach((size, i) => header.writeUInt32BE(size, 4 + 4 * i));
  return Buffer.concat([header, data]);
};
/** `count` images of 2 x 2 pixels, of the labels 3, 7, 3, 7, … */
const idxSplit = (split: string, count: number, start: number) => ({
  [`${split}-images-idx3-ubyte`]: idx(
    [count, 2, 2],
    Buffer.from(Array.from({ length: 4 * count }, (_, i) => start + i)),
  ),
  [`${split}-labels-idx1-ubyte`]: idx([count], Buffer.from(Array.from({ length: count }, (_, i) => (i % 2 ? 7 : 3)))),
});

describe('examineArchive, of IDX files', () => {
  const pairs = { ...idxSplit('train', 4, 0), ...idxSplit('t10k', 2, 100) };

  it('makes the archive of class folders that trainers read, pixel for pixel and always the same', async () => {
    const report = await examine(await zipOf(pairs));
    expect(report).toMatchObject({
      ready: true,
      images: 6,
      findings: [],
      classes: [
        { label: '3', train: 2, test: 1 },
        { label: '7', train: 2, test: 1 },
      ],
    });
    const first = readFileSync(report.archive);
    const names = report.preview.classes[1]?.images.map(({ file }) => file);
    expect(names).toEqual(['train/7/000001.png', 'train/7/000003.png', 'test/7/000001.png']);
    const start = first.indexOf(Buffer.from([0x89, 0x50, 0x4e, 0x47]));
    const decoded = await sharp(first.subarray(start)).toColourspace('b-w').raw().toBuffer();
    expect([...decoded]).toEqual([0, 1, 2, 3]);
    expect(readFileSync((await examine(await zipOf(pairs))).archive).equals(first)).toBe(true);
  });

  it('unpacks files that are packed as they are handed out', async () => {
    const packed = Object.fromEntries(
      Object.entries(pairs).map(([name, bytes]) => [`raw/${name}.gz`, gzipSync(bytes)]),
    );
    expect(await examine(await zipOf(packed))).toMatchObject({ ready: true, images: 6 });
  });

  it.each([
    ['images without labels', { 't10k-labels-idx1-ubyte': undefined }, 'must come in pairs'],
    ['fewer labels than images', { 't10k-labels-idx1-ubyte': idx([1], Buffer.from([3])) }, '2 images for 1 labels'],
    ['a file that is cut off', { 'train-images-idx3-ubyte': idx([4, 2, 2], Buffer.alloc(15)) }, 'too early'],
    ['a file that goes on', { 'train-images-idx3-ubyte': idx([4, 2, 2], Buffer.alloc(17)) }, 'more than its header'],
    ['another format', { 'train-images-idx3-ubyte': Buffer.alloc(32) }, 'no IDX file of images'],
    ['images of no size', { 'train-images-idx3-ubyte': idx([4, 0, 2], Buffer.alloc(0)) }, 'images of 2 x 0 pixels'],
  ])('finds %s', async (_, changes, detail) => {
    const files = Object.entries({ ...pairs, ...changes }).filter((entry): entry is [string, Buffer] => !!entry[1]);
    const { ready, findings } = await examine(await zipOf(Object.fromEntries(files)));
    expect(ready).toBe(false);
    expect(findings).toMatchObject([{ code: 'bad_layout', detail: expect.stringContaining(detail) as string }]);
  });
});

describe('examineArchive, of an archive that is not what it seems', () => {
  it('finds a file that claims to be smaller than it is', async () => {
    const name = 'train/cat/liar.png';
    const content = Buffer.concat([png(0), Buffer.alloc(1000, 7)]);
    const archive = await zipOf({ ...good, [name]: content });
    archive.writeUInt32LE(100, archive.lastIndexOf(name) - 46 + 24);
    expect((await examine(archive)).findings).toMatchObject([{ code: 'not_a_zip', file: name }]);
  });

  it('finds bytes that do not match their checksum', async () => {
    const zip = new ZipFile();
    for (const [name, bytes] of Object.entries(good)) zip.addBuffer(bytes, name, { compress: false });
    zip.end();
    const file = path.join(folder.path, 'stored.zip');
    await pipeline(zip.outputStream, createWriteStream(file));
    const archive = readFileSync(file);
    // In the last chunk of the PNG, which no decoder needs.
    const at = archive.indexOf('IEND');
    archive.writeUInt8(0, at + 5);
    const { findings } = await examine(archive);
    expect(findings).toMatchObject([
      { code: 'not_a_zip', file: 'train/cat/0.png', detail: 'the checksum does not match' },
    ]);
  });

  it('finds a name that is used twice', async () => {
    const files = { ...good, 'train/cat/a.png': png(1), 'train/cat/b.png': png(2) };
    const archive = patch(await zipOf(files), 'cat/b.', 'cat/a.');
    expect((await examine(archive)).findings).toMatchObject([{ code: 'duplicate', file: 'train/cat/a.png' }]);
  });

  it('finds more files than it may hold, without reading any', async () => {
    const { findings } = await examine(await zipOf(good), { ...DATASET_LIMITS, entries: 5 });
    expect(findings).toMatchObject([{ code: 'too_many_files', detail: '8 entries, more than 5' }]);
  });

  it('finds an archive that was cut off', async () => {
    const archive = await zipOf(good);
    expect((await examine(archive.subarray(0, -10))).findings).toMatchObject([{ code: 'not_a_zip' }]);
  });

  it('finds damage inside a file', async () => {
    const content = Buffer.concat([png(0), Buffer.from('abcdefgh'.repeat(50))]);
    const archive = await zipOf({ ...good, 'train/cat/damaged.png': content });
    const at = archive.indexOf('train/cat/damaged.png') + 'train/cat/damaged.png'.length;
    archive.fill(0xff, at, at + 8);
    expect((await examine(archive)).findings).toMatchObject([{ code: 'not_a_zip', file: 'train/cat/damaged.png' }]);
  });
});
