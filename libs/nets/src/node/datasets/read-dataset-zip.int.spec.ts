import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import sharp from 'sharp';
import yazl from 'yazl';
import { readDatasetZip } from './read-dataset-zip.js';
import type { ReadDatasetOptions } from './read-dataset-zip.js';
import { testImageDigests } from './test-image-digests.js';

const SPEC = { height: 2, width: 1 };
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'kernelcast-dataset-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** One colour, in the size of {@link SPEC}. */
function image(red: number): Promise<Buffer> {
  return sharp({ create: { width: 1, height: 2, channels: 3, background: { r: red, g: 0, b: 0 } } })
    .png()
    .toBuffer();
}

type Entries = readonly (readonly [name: string, bytes: Buffer])[];

async function zipOf(entries: Entries): Promise<string> {
  const zip = new yazl.ZipFile();
  for (const [name, bytes] of entries) zip.addBuffer(bytes, name);
  zip.end();
  const file = path.join(folder, 'dataset.zip');
  await pipeline(zip.outputStream, createWriteStream(file));
  return file;
}

async function soundEntries(): Promise<Entries> {
  return [
    ['train/b/1.png', await image(30)],
    ['train/a/2.png', await image(20)],
    ['train/a/1.png', await image(10)],
    ['test/b/1.png', await image(40)],
  ];
}

/** Rewrites a name inside the archive's bytes by one of equal length: yazl itself refuses hostile names. */
async function rename(file: string, from: string, to: string): Promise<string> {
  const bytes = (await readFile(file)).toString('latin1').replaceAll(from, to);
  await writeFile(file, Buffer.from(bytes, 'latin1'));
  return file;
}

async function failure(file: string, options?: ReadDatasetOptions): Promise<unknown> {
  return readDatasetZip(file, SPEC, options).then(
    () => undefined,
    (error: unknown) => error,
  );
}

describe('readDatasetZip', () => {
  it('reads images in the order of their names, whatever the order in the archive', async () => {
    const progress: string[] = [];
    const onProgress = (done: number, total: number): number => progress.push(`${done}/${total}`);
    const dataset = await readDatasetZip(await zipOf(await soundEntries()), SPEC, { onProgress });
    expect(dataset.labels).toEqual(['a', 'b']);
    expect(dataset.train.count).toBe(3);
    expect([...dataset.train.labels]).toEqual([0, 0, 1]);
    expect([...dataset.train.images]).toEqual([10, 20, 30].flatMap((red) => [red, 0, 0, red, 0, 0]));
    expect([...dataset.test.images]).toEqual([40, 0, 0, 40, 0, 0]);
    expect([...dataset.test.labels]).toEqual([1]);
    expect(progress).toEqual(['1/4', '2/4', '3/4', '4/4']);
  });

  it('names the image that cannot be decoded', async () => {
    const file = await zipOf([...(await soundEntries()), ['train/a/3.png', Buffer.from('no picture')]]);
    expect(await failure(file)).toMatchObject({ code: 'image_invalid', file: 'train/a/3.png' });
  });

  it('names the layout fault', async () => {
    const file = await zipOf([...(await soundEntries()), ['stray.png', await image(1)]]);
    expect(await failure(file)).toMatchObject({ code: 'dataset_invalid', file: 'stray.png' });
  });

  it.each([
    ['a missing file', () => Promise.resolve(path.join(folder, 'absent.zip'))],
    [
      'a file that is no archive',
      async () => {
        const file = path.join(folder, 'text.zip');
        await writeFile(file, 'not a zip '.repeat(100));
        return file;
      },
    ],
    [
      'an archive that is cut off',
      async () => {
        const file = await zipOf(await soundEntries());
        await writeFile(file, (await readFile(file)).subarray(0, -60));
        return file;
      },
    ],
  ])('refuses %s', async (_, file) => {
    expect(await failure(await file())).toMatchObject({ code: 'dataset_invalid' });
  });

  it.each([
    ['climbs out of the archive', '../../../x.png'],
    ['is absolute', '/rain/a/xx.png'],
    ['climbs out by backslashes', '..\\..\\..\\x.png'],
    ['names a drive', 'C:/in/a/xx.png'],
    ['holds a control character', 'train/a/\x1bx.png'],
  ])('refuses a name that %s', async (_, name) => {
    const placeholder = 'train/a/xx.png';
    expect(name).toHaveLength(placeholder.length);
    const file = await zipOf([...(await soundEntries()), [placeholder, await image(1)]]);
    expect(await failure(await rename(file, placeholder, name))).toMatchObject({ code: 'dataset_invalid' });
  });

  it('refuses an entry that appears twice', async () => {
    const file = await zipOf([...(await soundEntries()), ['train/a/x.png', await image(1)]]);
    const error = await failure(await rename(file, 'train/a/x.png', 'train/a/1.png'));
    expect(error).toMatchObject({ code: 'dataset_invalid', file: 'train/a/1.png' });
  });

  it('refuses an encrypted entry', async () => {
    const file = await zipOf(await soundEntries());
    const bytes = await readFile(file);
    const directory = bytes.indexOf(Buffer.from('PK\x01\x02', 'latin1'));
    bytes.writeUInt16LE(bytes.readUInt16LE(directory + 8) | 1, directory + 8);
    await writeFile(file, bytes);
    expect(await failure(file)).toMatchObject({ code: 'dataset_invalid', file: 'train/b/1.png' });
  });

  it('refuses an entry whose content is damaged', async () => {
    const file = await zipOf(await soundEntries());
    const bytes = await readFile(file);
    bytes.fill(0xff, 43, 63); // inside the first entry's data, after its header and name
    await writeFile(file, bytes);
    expect(await failure(file)).toMatchObject({ file: 'train/b/1.png' });
  });

  it('stops a bomb that declares less than it unpacks to', async () => {
    const bomb = Buffer.alloc(1_000_000);
    const file = await zipOf([...(await soundEntries()), ['train/a/bomb.png', bomb]]);
    const bytes = await readFile(file);
    const size = Buffer.alloc(4);
    size.writeUInt32LE(bomb.length);
    const at = bytes.lastIndexOf(size);
    bytes.writeUInt32LE(1000, at);
    await writeFile(file, bytes);
    expect(await failure(file)).toMatchObject({ code: 'dataset_invalid', file: 'train/a/bomb.png' });
  });

  it.each<[string, ReadDatasetOptions['limits'], RegExp]>([
    ['entries', { entries: 3 }, /4 entries, more than 3/],
    ['bytes in one file', { fileBytes: 20 }, /bytes, more than 20/],
    ['bytes in all', { totalBytes: 200 }, /unpacks to more than 200/],
    ['classes', { classes: 1 }, /2 classes, more than 1/],
    ['characters in a class name', { labelCharacters: 0 }, /more than 0 characters/],
    ['bytes once decoded', { decodedBytes: 23 }, /decodes to 24 bytes, more than 23/],
  ])('refuses more %s than allowed', async (_, limits, message) => {
    const error = await failure(await zipOf(await soundEntries()), { limits });
    expect(error).toMatchObject({ code: 'dataset_invalid', message: expect.stringMatching(message) });
  });

  it("stops with the signal's reason when aborted", async () => {
    const controller = new AbortController();
    const reason = new Error('cancelled');
    const onProgress = (): void => controller.abort(reason);
    expect(await failure(await zipOf(await soundEntries()), { onProgress, signal: controller.signal })).toBe(reason);
  });
});

describe('testImageDigests', () => {
  it('names the files of the test images in their order, and no others', async () => {
    const [one, two] = [await image(1), await image(2)];
    const file = await zipOf([...(await soundEntries()), ['test/a/2.png', two], ['test/a/1.png', one]]);
    const expected = [one, two, await image(40)].map((bytes) => createHash('sha256').update(bytes).digest('hex'));
    const found = await testImageDigests(file);
    expect(found.map((digest) => Buffer.from(digest).toString('hex'))).toEqual(expected);
    await expect(testImageDigests(file, AbortSignal.abort(new Error('stop')))).rejects.toThrow('stop');
  });
});
