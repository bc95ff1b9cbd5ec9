import { link, readdir, readFile, rm, utimes } from 'node:fs/promises';
import path from 'node:path';
import type { Digest } from '@kernelcast/contracts';
import { createObjectStore, blobKey, putBlob, StorageError, type ObjectStore } from '@kernelcast/storage';
import { tempDir, type TempDir } from '@kernelcast/testing';
import { BlobCache, BlobCorruptError } from './blob-cache.js';

const BYTES = Buffer.from('a base network');
const PLENTY = 1e6;

let folder: TempDir;
let store: ObjectStore;
let cache: BlobCache;
let borrowed = 0;

const cacheOf = (maxBytes = PLENTY, from = store): BlobCache =>
  new BlobCache(path.join(folder.path, 'cache'), from, maxBytes);
/** Another path for each borrower. */
const borrow = (digest: Digest, from = cache): Promise<string> =>
  from.borrow(digest, path.join(folder.path, `borrowed-${borrowed++}`));
const nameOf = (digest: Digest): string => digest.replace(':', '-');
const cachedFile = (digest: Digest): string => path.join(folder.path, 'cache', 'blobs', nameOf(digest));
const cached = (): Promise<string[]> => readdir(path.join(folder.path, 'cache', 'blobs'));
/** Blobs of ten bytes. */
const blob = (text: string): Promise<Digest> => putBlob(store, Buffer.from(text.padEnd(10)));

beforeEach(() => {
  folder = tempDir('blob-cache');
  store = createObjectStore({ kind: 'local', folder: path.join(folder.path, 'objects') });
  cache = cacheOf();
});
afterEach(async () => {
  await store.close();
  folder.remove();
});

/** The store, and how often something was opened in it. */
const counted = (): { store: ObjectStore; opened: () => number } => {
  let opened = 0;
  const counting = new Proxy(store, {
    get: (target, name) => {
      if (name === 'open') opened++;
      const value: unknown = Reflect.get(target, name);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
  return { store: counting, opened: () => opened };
};

it('fetches a blob once and has it from then on, without the store', async () => {
  const digest = await putBlob(store, BYTES);
  expect(await readFile(await borrow(digest))).toEqual(BYTES);
  await store.delete(blobKey(digest));
  expect(await readFile(await borrow(digest))).toEqual(BYTES);
});

it('downloads a blob once for all who ask at the same time', async () => {
  const digest = await putBlob(store, BYTES);
  const counting = counted();
  const shared = cacheOf(PLENTY, counting.store);
  const files = await Promise.all([borrow(digest, shared), borrow(digest, shared), borrow(digest, shared)]);
  for (const file of files) expect(await readFile(file)).toEqual(BYTES);
  expect(counting.opened()).toBe(1);
});

it('refuses bytes that are not those of the digest, and keeps nothing of them', async () => {
  const digest = await putBlob(store, BYTES);
  await store.put(blobKey(digest), Buffer.from('something else'));
  await expect(borrow(digest)).rejects.toBeInstanceOf(BlobCorruptError);
  expect(await cached()).toEqual([]);
});

it('passes on that a blob is not there, and finds it when it has come', async () => {
  const digest = await putBlob(store, BYTES);
  await store.delete(blobKey(digest));
  await expect(borrow(digest)).rejects.toBeInstanceOf(StorageError);
  await putBlob(store, BYTES);
  expect(await readFile(await borrow(digest))).toEqual(BYTES);
});

describe('with a bound', () => {
  /** Borrows, gives back, and puts the time of use where the test wants it. */
  const use = async (digest: Digest, second: number, from: BlobCache): Promise<void> => {
    await rm(await borrow(digest, from));
    await utimes(cachedFile(digest), second, second);
  };

  it('removes what was not used for longest to make room, by the use and not by the arrival', async () => {
    const small = cacheOf(30);
    const [a, b, c, d] = [await blob('a'), await blob('b'), await blob('c'), await blob('d')];
    await use(a, 100, small);
    await use(b, 200, small);
    await use(c, 300, small);
    await use(a, 400, small);
    await borrow(d, small);
    expect((await cached()).sort()).toEqual([a, c, d].map(nameOf).sort());
  });

  it('never removes what somebody uses, a trainer that shares the folder included', async () => {
    const [small, other] = [cacheOf(20), cacheOf(20)];
    const [a, b, c, d] = [await blob('a'), await blob('b'), await blob('c'), await blob('d')];
    const held = await borrow(a, other);
    await utimes(cachedFile(a), 1, 1);
    await use(b, 200, small);
    await use(c, 300, small);
    await borrow(d, small);
    expect((await cached()).sort()).toEqual([a, d].map(nameOf).sort());
    expect((await readFile(held)).toString().trim()).toBe('a');
  });

  it('lets a borrower keep a file whose name another trainer has removed', async () => {
    const digest = await blob('a');
    const held = await borrow(digest);
    await rm(cachedFile(digest));
    expect((await readFile(held)).toString().trim()).toBe('a');
    expect((await readFile(await borrow(digest))).toString().trim()).toBe('a');
  });

  it('takes what is larger than the bound all the same: without it no job could use it', async () => {
    const tiny = cacheOf(5);
    const [a, b] = [await blob('a'), await blob('b')];
    await use(a, 100, tiny);
    await borrow(b, tiny);
    expect(await cached()).toEqual([nameOf(b)]);
  });

  it('takes a file for used that has a second name, whoever gave it', async () => {
    const small = cacheOf(10);
    const [a, b] = [await blob('a'), await blob('b')];
    await use(a, 100, small);
    await link(cachedFile(a), path.join(folder.path, 'elsewhere'));
    await borrow(b, small);
    expect((await cached()).sort()).toEqual([a, b].map(nameOf).sort());
  });
});
