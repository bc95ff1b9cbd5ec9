import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { tempDir, type TempDir } from '@kernelcast/testing';
import { imagesOf, png, zipOf } from '../testing/uploads.js';
import { DATASET_LIMITS } from './dataset-limits.js';
import { validateArchive } from './validate-archive.js';

let folder: TempDir;
beforeAll(() => {
  folder = tempDir('archives');
});
afterAll(() => folder.remove());

const validate = (archive: Buffer, limits = DATASET_LIMITS) => {
  const file = path.join(folder.path, 'archive.zip');
  writeFileSync(file, archive);
  return validateArchive(file, limits);
};
const good = imagesOf(['cat', 'dog']);
/** Replaces bytes of an archive by others of the same length, everywhere. */
const patch = (archive: Buffer, from: string, to: string) =>
  Buffer.from(archive.toString('latin1').replaceAll(from, to), 'latin1');

describe('validateArchive', () => {
  it('finds nothing wrong with images in class folders, and ignores what operating systems leave', async () => {
    const litter = { '__MACOSX/train/cat/._0.png': Buffer.from('x'), 'train/.DS_Store': Buffer.from('x') };
    const report = await validate(await zipOf({ ...good, ...litter }));
    expect(report).toMatchObject({ images: 8, findings: [] });
  });

  it.each(['../../../etc/cron.d/evil.png', '/etc/passwd.png', 'C:/windows/evil.png'])(
    'finds the path %s, which leaves the archive',
    async (name) => {
      const stand = 'x'.repeat(name.length);
      const archive = patch(await zipOf({ ...good, [stand]: png(1) }), stand, name);
      const { findings } = await validate(archive);
      expect(findings).toMatchObject([{ code: 'path_traversal' }]);
    },
  );

  it('finds a file that unpacks to far more than it takes', async () => {
    const zeros = Buffer.concat([png(0), Buffer.alloc(2 * 1024 ** 2)]);
    const { findings } = await validate(await zipOf({ ...good, 'train/cat/bomb.png': zeros }));
    expect(findings).toMatchObject([{ code: 'zip_bomb', file: 'train/cat/bomb.png' }]);
  });

  it('finds a file that claims to be smaller than it is', async () => {
    const name = 'train/cat/liar.png';
    const content = Buffer.concat([png(0), Buffer.alloc(1000, 7)]);
    const archive = await zipOf({ ...good, [name]: content });
    const directory = archive.lastIndexOf(name) - 46;
    archive.writeUInt32LE(100, directory + 24);
    const { findings } = await validate(archive);
    expect(findings).toMatchObject([{ code: 'not_a_zip', file: name }]);
  });

  it('finds a name that is used twice', async () => {
    const archive = patch(
      await zipOf({ ...good, 'train/cat/a.png': png(1), 'train/cat/b.png': png(2) }),
      'cat/b.',
      'cat/a.',
    );
    expect((await validate(archive)).findings).toMatchObject([{ code: 'duplicate', file: 'train/cat/a.png' }]);
  });

  it('finds more files than it may hold, without reading any', async () => {
    const { findings } = await validate(await zipOf(good), { ...DATASET_LIMITS, entries: 5 });
    expect(findings).toMatchObject([{ code: 'too_many_files', detail: '8 entries, more than 5' }]);
  });

  it('finds a file that is too large', async () => {
    const { findings } = await validate(await zipOf(good), { ...DATASET_LIMITS, fileBytes: 10 });
    expect(findings[0]).toMatchObject({ code: 'too_large' });
  });

  it('finds an archive that was cut off', async () => {
    const archive = await zipOf(good);
    expect((await validate(archive.subarray(0, -10))).findings).toMatchObject([{ code: 'not_a_zip' }]);
  });

  it('finds damage inside a file', async () => {
    const content = Buffer.concat([png(0), Buffer.from('abcdefgh'.repeat(50))]);
    const archive = await zipOf({ ...good, 'train/cat/damaged.png': content });
    const at = archive.indexOf('train/cat/damaged.png') + 'train/cat/damaged.png'.length;
    archive.fill(0xff, at, at + 8);
    expect((await validate(archive)).findings).toMatchObject([{ code: 'not_a_zip', file: 'train/cat/damaged.png' }]);
  });

  it('stops listing findings where nobody would read on', async () => {
    const files = Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`train/cat/${i}.txt`, png(i)]));
    expect((await validate(await zipOf({ ...good, ...files }))).findings).toHaveLength(100);
  });
});
