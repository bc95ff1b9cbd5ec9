import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { createObjectStore, blobKey, putBlob, StorageError, type ObjectStore } from '@kernelcast/storage';
import { tempDir, type TempDir } from '@kernelcast/testing';
import { BlobCache, BlobCorruptError } from './blob-cache.js';

const BYTES = Buffer.from('a base network');

let folder: TempDir;
let store: ObjectStore;
let cache: BlobCache;

beforeEach(() => {
  folder = tempDir('blob-cache');
  store = createObjectStore({ kind: 'local', folder: path.join(folder.path, 'objects') });
  cache = new BlobCache(path.join(folder.path, 'cache'), store);
});
afterEach(async () => {
  await store.close();
  folder.remove();
});

const cached = (): Promise<string[]> => readdir(path.join(folder.path, 'cache', 'blobs'));

it('fetches a blob once and has it from then on, without the store', async () => {
  const digest = await putBlob(store, BYTES);
  const file = await cache.fetch(digest);
  expect(await readFile(file)).toEqual(BYTES);
  await store.delete(blobKey(digest));
  expect(await cache.fetch(digest)).toBe(file);
});

it('downloads a blob once for all who ask at the same time', async () => {
  const digest = await putBlob(store, BYTES);
  let opened = 0;
  const counting = new Proxy(store, {
    get: (target, name) => {
      if (name === 'open') opened++;
      const value: unknown = Reflect.get(target, name);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
  const shared = new BlobCache(path.join(folder.path, 'shared'), counting);
  const files = await Promise.all([shared.fetch(digest), shared.fetch(digest), shared.fetch(digest)]);
  expect(new Set(files).size).toBe(1);
  expect(opened).toBe(1);
});

it('refuses bytes that are not those of the digest, and keeps nothing of them', async () => {
  const digest = await putBlob(store, BYTES);
  await store.put(blobKey(digest), Buffer.from('something else'));
  await expect(cache.fetch(digest)).rejects.toBeInstanceOf(BlobCorruptError);
  expect(await cached()).toEqual([]);
});

it('passes on that a blob is not there, and finds it when it has come', async () => {
  const digest = await putBlob(store, BYTES);
  await store.delete(blobKey(digest));
  await expect(cache.fetch(digest)).rejects.toBeInstanceOf(StorageError);
  await putBlob(store, BYTES);
  expect(await readFile(await cache.fetch(digest))).toEqual(BYTES);
});
