import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { startS3, tempDir } from '@kernelcast/testing';
import { blobKey, putBlob, putBlobStream, readBlob } from './blobs/blobs.js';
import { createObjectStore } from './create-object-store.js';
import type { ByteRange, ObjectStore } from './object-store.js';
import type { StorageConfig } from './storage.config.js';

/** Larger than one part of a multipart upload, and no multiple of it. */
const SEVERAL_PARTS = 17 * 1024 * 1024 + 12_345;

const s3 = await startS3();
const folder = tempDir('store');
afterAll(async () => {
  folder.remove();
  await s3?.stop();
});

const local: StorageConfig = { kind: 'local', folder: folder.path };
const cases: [string, StorageConfig][] = [['a local directory', local]];
if (s3) cases.push([`S3 (${s3.server})`, { kind: 's3', forcePathStyle: true, ...s3 }]);

const chunks = function* (bytes: Uint8Array, size: number): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
};
const failing = (bytes: Uint8Array): Readable =>
  Readable.from(
    (function* () {
      yield bytes;
      throw new Error('the sender went away');
    })(),
  );

describe.each(cases)('an object store in %s', (_, config) => {
  let store: ObjectStore;
  beforeAll(() => {
    store = createObjectStore(config);
  });
  afterAll(() => store.close());

  const text = async (key: string, range?: ByteRange): Promise<string> =>
    (await buffer((await store.open(key, range)).stream)).toString();

  it('answers when asked whether it can be used', async () => {
    await expect(store.ping()).resolves.toBeUndefined();
  });

  it('gives back what was put, and the newer of two', async () => {
    await store.put('a/b/c.txt', Buffer.from('first'));
    await store.put('a/b/c.txt', Buffer.from('second'));
    expect(await text('a/b/c.txt')).toBe('second');
    expect(await store.stat('a/b/c.txt')).toEqual({ size: 6 });
    expect(Buffer.from(await store.read('a/b/c.txt', 6)).toString()).toBe('second');
  });

  it('lists every object, with its size and when it was written', async () => {
    const before = Date.now() - 2_000;
    for (const key of ['listed/a', 'listed/deep/b.txt']) await store.put(key, Buffer.from(key));
    const listed = new Map<string, { size: number; modifiedAt: Date }>();
    for await (const { key, ...object } of store.list()) if (key.startsWith('listed/')) listed.set(key, object);
    expect([...listed.keys()].sort()).toEqual(['listed/a', 'listed/deep/b.txt']);
    expect(listed.get('listed/deep/b.txt')?.size).toBe(17);
    expect(listed.get('listed/a')?.modifiedAt.getTime()).toBeGreaterThan(before);
  });

  it('keeps an empty object', async () => {
    await store.put('empty', new Uint8Array());
    expect(await store.stat('empty')).toEqual({ size: 0 });
    expect(await text('empty')).toBe('');
  });

  it('takes a stream of any size without knowing it before', async () => {
    const bytes = randomBytes(SEVERAL_PARTS);
    await store.put('large', Readable.from(chunks(bytes, 100_000)));
    expect(Buffer.from(await store.read('large', SEVERAL_PARTS)).equals(bytes)).toBe(true);
  });

  it.each<[string, ByteRange, string, number]>([
    ['from the middle', { start: 2, end: 4 }, '234', 3],
    ['to the end', { start: 7 }, '789', 3],
    ['past the end, cut off', { start: 8, end: 99 }, '89', 2],
    ['of the first byte', { start: 0, end: 0 }, '0', 1],
  ])('opens a part %s', async (_name, range, expected, rangeSize) => {
    await store.put('digits', Buffer.from('0123456789'));
    const part = await store.open('digits', range);
    expect((await buffer(part.stream)).toString()).toBe(expected);
    expect([part.size, part.rangeSize]).toEqual([10, rangeSize]);
  });

  it.each<ByteRange>([{ start: 10 }, { start: 99, end: 100 }, { start: 5, end: 2 }])(
    'refuses the part %j of ten bytes',
    async (range) => {
      await store.put('digits', Buffer.from('0123456789'));
      await expect(store.open('digits', range)).rejects.toMatchObject({ code: 'range_not_satisfiable' });
    },
  );

  it('says that an object is not there', async () => {
    expect(await store.stat('nothing/here')).toBeNull();
    for (const action of [store.open('nothing/here'), store.read('nothing/here', 1), store.move('nothing/here', 'x')])
      await expect(action).rejects.toMatchObject({ code: 'object_not_found', retryable: false });
    await expect(store.delete('nothing/here')).resolves.toBeUndefined();
  });

  it('does not read more into memory than allowed', async () => {
    await store.put('long', Buffer.from('12345'));
    await expect(store.read('long', 4)).rejects.toMatchObject({ code: 'object_too_large' });
  });

  it('moves and deletes', async () => {
    await store.put('old', Buffer.from('x'));
    await store.move('old', 'deep/new');
    expect([await store.stat('old'), await store.stat('deep/new')]).toEqual([null, { size: 1 }]);
    await store.delete('deep/new');
    expect(await store.stat('deep/new')).toBeNull();
  });

  it('leaves nothing of a stream that breaks off, and passes its error on', async () => {
    await store.put('kept', Buffer.from('as it was'));
    await expect(store.put('kept', failing(randomBytes(1000)))).rejects.toThrow('the sender went away');
    await expect(store.put('never', failing(randomBytes(1000)))).rejects.toThrow('the sender went away');
    expect(await text('kept')).toBe('as it was');
    expect(await store.stat('never')).toBeNull();
  });

  it.each([
    '',
    '/etc/passwd',
    '../up',
    'a/../b',
    'a//b',
    'a/',
    '.hidden',
    'a\\b',
    'a b',
    'a%2e',
    'é',
    'x'.repeat(1025),
  ])('refuses the key %j', async (key) => {
    await expect(store.put(key, Buffer.from('x'))).rejects.toMatchObject({ code: 'key_invalid' });
    await expect(store.stat(key)).rejects.toMatchObject({ code: 'key_invalid' });
  });

  describe('with blobs', () => {
    // SHA-256 of "abc", from FIPS 180-2, appendix B.1.
    const ABC = 'sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';

    it('names bytes by their digest', async () => {
      expect(await putBlob(store, Buffer.from('abc'))).toBe(ABC);
      expect(await putBlob(store, Buffer.from('abc'))).toBe(ABC);
      expect(Buffer.from(await readBlob(store, ABC, 3)).toString()).toBe('abc');
    });

    it('names a stream by its digest', async () => {
      const stored = await putBlobStream(store, Readable.from([Buffer.from('a'), Buffer.from('bc')]), {
        limitBytes: 3,
      });
      expect(stored).toEqual({ digest: ABC, size: 3 });
      const bytes = randomBytes(SEVERAL_PARTS);
      const large = await putBlobStream(store, Readable.from(chunks(bytes, 65_536)), { limitBytes: SEVERAL_PARTS });
      expect(Buffer.from(await readBlob(store, large.digest, SEVERAL_PARTS)).equals(bytes)).toBe(true);
    });

    it('ends a stream that grows past its limit', async () => {
      const endless = Readable.from(
        (function* () {
          for (;;) yield Buffer.alloc(1000);
        })(),
      );
      await expect(putBlobStream(store, endless, { limitBytes: 5000 })).rejects.toMatchObject({
        code: 'object_too_large',
      });
      expect(endless.destroyed).toBe(true);
    });

    it('passes on the error of a stream that breaks off', async () => {
      await expect(putBlobStream(store, failing(Buffer.from('abc')), { limitBytes: 9 })).rejects.toThrow('went away');
    });

    it('notices bytes that are no longer what their name says', async () => {
      const digest = await putBlob(store, Buffer.from('intact'));
      await store.put(blobKey(digest), Buffer.from('rotten'));
      await expect(readBlob(store, digest, 100)).rejects.toMatchObject({ code: 'object_corrupt' });
    });
  });
});

describe('a local directory', () => {
  const incoming = (root: string): string[] => readdirSync(path.join(root, '.incoming'));

  it('tells the path of an object, and leaves no files of failed writes', async () => {
    const own = tempDir('local');
    const store = createObjectStore({ kind: 'local', folder: own.path });
    await store.put('a/b', Buffer.from('x'));
    await expect(store.put('c', failing(Buffer.from('x')))).rejects.toThrow('went away');
    expect(readFileSync(store.localPath?.('a/b') ?? '', 'utf8')).toBe('x');
    expect(incoming(own.path)).toEqual([]);
    own.remove();
  });

  it('says that it cannot be used when its place is taken by a file', async () => {
    const own = tempDir('local');
    const file = path.join(own.path, 'file');
    writeFileSync(file, '');
    const store = createObjectStore({ kind: 'local', folder: file });
    await expect(store.ping()).rejects.toMatchObject({ code: 'storage_unavailable' });
    await expect(store.put('a', Buffer.from('x'))).rejects.toMatchObject({
      code: 'storage_unavailable',
      retryable: true,
    });
    own.remove();
  });
});

describe('an S3 store', () => {
  it('says that nobody answers, and ends a blob that was on its way', async () => {
    const store = createObjectStore({
      kind: 's3',
      bucket: 'none',
      region: 'us-east-1',
      endpoint: 'http://127.0.0.1:1',
      accessKeyId: 'x',
      secretAccessKey: 'x',
    });
    await expect(store.ping()).rejects.toMatchObject({ code: 'storage_unavailable' });
    const source = Readable.from(chunks(randomBytes(SEVERAL_PARTS), 65_536));
    await expect(putBlobStream(store, source, { limitBytes: SEVERAL_PARTS })).rejects.toMatchObject({
      code: 'storage_unavailable',
    });
    expect(source.destroyed).toBe(true);
    await store.close();
  });

  (s3 ? it : it.skip)('takes a missing bucket for a fault of the store, not for a missing object', async () => {
    const store = createObjectStore({
      kind: 's3',
      forcePathStyle: true,
      ...s3,
      bucket: 'another',
      region: 'us-east-1',
    });
    await expect(store.read('a', 1)).rejects.toMatchObject({ code: 'storage_unavailable' });
    await store.close();
  });

  (s3 ? it : it.skip)('gives URLs by which anybody may read one object for a while', async () => {
    if (!s3) return;
    const store = createObjectStore({ kind: 's3', forcePathStyle: true, ...s3 });
    await store.put('presigned/a', Buffer.from('abc'));
    const url = (await store.presign?.('presigned/a', 60)) ?? '';
    const part = await fetch(url, { headers: { range: 'bytes=1-' } });
    expect([part.status, await part.text()]).toEqual([206, 'bc']);
    await store.close();
  });
});
