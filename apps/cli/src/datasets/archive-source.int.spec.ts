import { cpSync, mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import { tempDir, type TempDir } from '@kernelcast/testing';
import { openSource } from './archive-source.js';

let temp: TempDir;
let folder: string;

beforeAll(() => {
  temp = tempDir('push-source');
  folder = path.join(temp.path, 'pets');
  for (const name of ['dog/2.png', 'dog/10.png', 'cat/1.png', '.cache/x', 'cat/.DS_Store']) {
    mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    writeFileSync(path.join(folder, name), `content of ${name}`);
  }
});
afterAll(() => temp.remove());

describe('openSource', () => {
  it('gives the bytes of a folder in the same order every time, and knows their number before', async () => {
    const source = await openSource(folder);
    const bytes = await buffer(source.open());
    expect(bytes.length).toBe(source.size);
    expect(source.images).toBe(3);
    const copy = path.join(temp.path, 'copy');
    cpSync(folder, copy, { recursive: true });
    utimesSync(path.join(copy, 'cat/1.png'), 1, 1);
    const other = await openSource(copy);
    expect((await buffer(other.open())).equals(bytes)).toBe(true);
    const names = [...bytes.toString('latin1').matchAll(/(?:cat|dog)\/\d+\.png/g)].map(([name]) => name);
    expect(names.slice(0, 2)).toEqual(['cat/1.png', 'cat/1.png']);
    expect(names.slice(-3)).toEqual(['cat/1.png', 'dog/10.png', 'dog/2.png']);
  });

  it('tells a folder that was changed by its fingerprint', async () => {
    const before = await openSource(folder);
    expect((await openSource(folder)).fingerprint).toBe(before.fingerprint);
    utimesSync(path.join(folder, 'cat/1.png'), 1, 1);
    expect((await openSource(folder)).fingerprint).not.toBe(before.fingerprint);
  });

  it('gives a zip as it is', async () => {
    const zip = path.join(temp.path, 'pets.zip');
    writeFileSync(zip, 'bytes');
    const source = await openSource(zip);
    expect(source.size).toBe(5);
    expect((await buffer(source.open())).toString()).toBe('bytes');
  });

  it('says that a file that shrinks while it is sent has changed', async () => {
    const source = await openSource(folder);
    writeFileSync(path.join(folder, 'dog/2.png'), '');
    await expect(buffer(source.open())).rejects.toThrow();
  });

  it('needs something to send', async () => {
    const empty = path.join(temp.path, 'empty');
    mkdirSync(empty);
    await expect(openSource(empty)).rejects.toThrow('holds no files');
    await expect(openSource(path.join(temp.path, 'nothing'))).rejects.toThrow('There is no file or folder');
  });
});
