import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { crc32 } from 'node:zlib';
import type { DatasetFinding } from '@kernelcast/contracts';
import { tempDir, type TempDir } from '@kernelcast/testing';
import sharp from 'sharp';
import { imagesOf, png, zipOf } from '../../testing/uploads.js';
import { examineArchive } from './examine-archive.js';

/** Every kind of bad file that a report must name, each in an archive that is good otherwise. */
interface HostileCase {
  readonly input: string;
  readonly archive: () => Promise<Buffer>;
  readonly finding: Partial<DatasetFinding>;
}

let folder: TempDir;
beforeAll(() => {
  folder = tempDir('hostile');
});
afterAll(() => folder.remove());

const good = imagesOf(['cat', 'dog']);
const withFile = (file: string, bytes: Buffer | Promise<Buffer>) => async () => zipOf({ ...good, [file]: await bytes });
/** An archive whose directory names a file by a path that no zip tool would write. */
const withPath = (name: string) => async () => {
  const stand = 'x'.repeat(name.length);
  const archive = await zipOf({ ...good, [stand]: png(1) });
  return Buffer.from(archive.toString('latin1').replaceAll(stand, name), 'latin1');
};
const photo = () =>
  sharp({
    create: {
      width: 200,
      height: 200,
      channels: 3,
      background: '#000',
      noise: { type: 'gaussian', mean: 128, sigma: 60 },
    },
  });
const truncated = async (image: Promise<Buffer>) => {
  const bytes = await image;
  return bytes.subarray(0, bytes.length / 2);
};
/** A PNG of a few bytes whose header claims 100,000 x 100,000 pixels. */
const hugeClaim = (): Buffer => {
  const bytes = Buffer.from(png(1));
  bytes.writeUInt32BE(100_000, 16);
  bytes.writeUInt32BE(100_000, 20);
  bytes.writeUInt32BE(crc32(bytes.subarray(12, 29)), 29);
  return bytes;
};
const manyPixels = () =>
  sharp({ create: { width: 7100, height: 7100, channels: 3, background: 'black' } })
    .png({ compressionLevel: 9 })
    .toBuffer();
/** Entries that all point at the same bytes: the overlapping files of D. Fifield's zip bomb (2019). */
const overlapping = async () => {
  const archive = await zipOf({ ...good, 'train/cat/a.png': png(501), 'train/cat/b.png': png(502) });
  const sizeAt = (name: string) => archive.lastIndexOf(name) - 46 + 20;
  for (const name of ['train/cat/a.png', 'train/cat/b.png']) archive.writeUInt32LE(archive.length, sizeAt(name));
  return archive;
};

const error = (code: DatasetFinding['code'], file = 'train/cat/x.png') => ({ code, severity: 'error' as const, file });

const CASES: HostileCase[] = [
  {
    input: 'text under an image’s name',
    archive: withFile('train/cat/x.png', Buffer.from('hello')),
    finding: error('not_an_image'),
  },
  {
    input: 'an SVG under a PNG’s name',
    archive: withFile('train/cat/x.png', Buffer.from('<svg/>')),
    finding: error('not_an_image'),
  },
  {
    input: 'a file that is no image',
    archive: withFile('train/cat/x.txt', png(9)),
    finding: error('not_an_image', 'train/cat/x.txt'),
  },
  {
    input: 'a truncated PNG',
    archive: withFile('train/cat/x.png', truncated(photo().png().toBuffer())),
    finding: error('image_damaged'),
  },
  {
    input: 'a truncated JPEG',
    archive: withFile('train/cat/x.jpg', truncated(photo().jpeg().toBuffer())),
    finding: error('image_damaged', 'train/cat/x.jpg'),
  },
  {
    input: 'a signature and garbage',
    archive: withFile('train/cat/x.png', Buffer.concat([png(1).subarray(0, 8), Buffer.alloc(99, 7)])),
    finding: error('image_damaged'),
  },
  {
    input: 'a header that claims huge dimensions',
    archive: withFile('train/cat/x.png', hugeClaim()),
    finding: error('image_too_large'),
  },
  {
    input: 'more pixels than 50 million',
    archive: withFile('train/cat/x.png', manyPixels()),
    finding: error('image_too_large'),
  },
  {
    input: 'a file of more than 16 MiB',
    archive: withFile('train/cat/x.png', Buffer.alloc(16 * 1024 ** 2 + 1)),
    finding: error('too_large'),
  },
  {
    input: 'a climbing path',
    archive: withPath('../../../etc/cron.d/evil.png'),
    finding: error('path_traversal', '../../../etc/cron.d/evil.png'),
  },
  {
    input: 'an absolute path',
    archive: withPath('/etc/passwd.png'),
    finding: error('path_traversal', '/etc/passwd.png'),
  },
  {
    input: 'a drive’s path',
    archive: withPath('C:/windows/evil.png'),
    finding: error('path_traversal', 'C:/windows/evil.png'),
  },
  {
    input: 'a zip bomb by ratio',
    archive: withFile('train/cat/x.png', Buffer.concat([png(0), Buffer.alloc(2 * 1024 ** 2)])),
    finding: error('zip_bomb'),
  },
  { input: 'a zip bomb by overlap', archive: overlapping, finding: error('zip_bomb', '') },
  {
    input: 'an image under two labels',
    archive: withFile('train/dog/x.png', png(0)),
    finding: error('conflicting_labels', 'train/dog/x.png'),
  },
  {
    input: 'a test image that is trained on',
    archive: withFile('train/cat/x.png', png(99)),
    finding: error('leakage'),
  },
  {
    input: 'the same image twice',
    archive: withFile('train/cat/x.png', png(0)),
    finding: { ...error('duplicate_image'), severity: 'warning' },
  },
  {
    input: 'a class of one image',
    archive: withFile('train/bird/0.png', png(77)),
    finding: error('class_too_small', 'bird'),
  },
  {
    input: 'an image outside of any class',
    archive: withFile('0.png', png(78)),
    finding: error('bad_layout', '0.png'),
  },
  { input: 'no zip at all', archive: async () => Buffer.from('this is no archive'), finding: error('not_a_zip', '') },
];

describe('a hostile archive', () => {
  it.each(CASES)('with $input is named in the report', async ({ archive, finding }) => {
    const file = path.join(folder.path, 'archive.zip');
    writeFileSync(file, await archive());
    const { ready, findings } = await examineArchive(file, { folder: folder.path });
    expect(findings).toContainEqual({ ...finding, detail: expect.any(String) as string });
    expect(ready).toBe(finding.severity === 'warning');
  });
});
