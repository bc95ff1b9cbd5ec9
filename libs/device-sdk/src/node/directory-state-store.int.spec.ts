import { cp, readdir, readFile, stat, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { digestOf } from '@kernelcast/artifact';
import { initInferenceBackend } from '@kernelcast/compute';
import type { BaseNetwork } from '@kernelcast/nets';
import { tempDir } from '@kernelcast/testing';
import type { TempDir } from '@kernelcast/testing';
import { enrolDevice } from '../client/enrol.js';
import { DyingFileSystem } from '../testing/dying-file-system.js';
import { FakeDelivery, NOW, SERVER } from '../testing/fake-delivery.js';
import { aModulator } from '../testing/modulators.js';
import type { TestModulator } from '../testing/modulators.js';
import { enrolledDevice, images, openDevice } from '../testing/test-device.js';
import { tinyBase } from '../testing/tiny-base.js';
import { DirectoryStateStore } from './directory-state-store.js';
import type { FileSystem } from './file-system.js';
import { realFileSystem } from './file-system.js';

let dir: TempDir;
beforeEach(() => {
  dir = tempDir('device-store');
});
afterEach(() => dir.remove());

const BLOB = Uint8Array.of(1, 2, 3, 4, 5);

describe('the directory store', () => {
  it('gives back what was written, and the copy before', async () => {
    const store = await DirectoryStateStore.open(path.join(dir.path, 'deep/er'));
    expect(await store.readDocument('state')).toEqual({ copies: [], damaged: false });
    for (const n of [1, 2, 3]) await store.writeDocument('state', { n });
    expect(await store.readDocument('state')).toEqual({ copies: [{ n: 3 }, { n: 2 }], damaged: false });
  });

  it('keeps secrets from other accounts', async () => {
    const store = await DirectoryStateStore.open(path.join(dir.path, 'state'));
    await store.writeDocument('key', { privateKey: 'x' });
    const modes = ['state/key.json', 'state/blobs'].map(
      async (name) => (await stat(path.join(dir.path, name))).mode & 0o77,
    );
    expect(await Promise.all(modes)).toEqual([0, 0]);
  });

  it.each([
    ['a flipped bit', (bytes: Uint8Array) => bytes.map((byte, i) => (i === bytes.length - 5 ? byte ^ 1 : byte))],
    ['half of it', (bytes: Uint8Array) => bytes.slice(0, bytes.length / 2)],
    ['nothing', () => new Uint8Array(0)],
    ['zeros', (bytes: Uint8Array) => new Uint8Array(bytes.length)],
    ['other JSON', () => new TextEncoder().encode('[null]')],
  ])('falls back to the copy before a document with %s', async (_, damage) => {
    const store = await DirectoryStateStore.open(dir.path);
    for (const n of [100, 101]) await store.writeDocument('state', { n });
    const file = path.join(dir.path, 'state.json');
    await writeFile(file, damage(await readFile(file)));
    expect(await store.readDocument('state')).toEqual({ copies: [{ n: 100 }], damaged: true });
    await writeFile(path.join(dir.path, 'state.previous.json'), '{');
    expect(await store.readDocument('state')).toEqual({ copies: [], damaged: true });
  });

  it('takes what lies on a bad sector for damaged', async () => {
    const digest = await digestOf(BLOB);
    const bad = (file: unknown) => ['state.json', digest.slice(7)].includes(path.basename(String(file)));
    const files = {
      ...realFileSystem,
      readFile: (file: string) =>
        bad(file) ? Promise.reject(Object.assign(new Error('EIO'), { code: 'EIO' })) : readFile(file),
    } as unknown as FileSystem;
    const store = await DirectoryStateStore.open(dir.path, files);
    for (const n of [1, 2]) await store.writeDocument('state', { n });
    expect(await store.readDocument('state')).toEqual({ copies: [{ n: 1 }], damaged: true });
    await writeFile(path.join(dir.path, 'blobs', digest.slice(7)), BLOB);
    expect(await store.readBlob(digest)).toEqual(new Uint8Array(0));
  });

  it('does not read a blob that is larger than any can be', async () => {
    const digest = await digestOf(BLOB);
    const store = await DirectoryStateStore.open(dir.path);
    const file = path.join(dir.path, 'blobs', digest.slice(7));
    await writeFile(file, '');
    await truncate(file, 2 ** 33);
    expect(await store.readBlob(digest)).toEqual(new Uint8Array(0));
  });

  it('leaves nothing of a document that had no room', async () => {
    const full = Object.assign(new Error('ENOSPC'), { code: 'ENOSPC' });
    const open = async (...given: Parameters<typeof realFileSystem.open>) => {
      const handle = await realFileSystem.open(...given);
      if (String(given[0]).endsWith('.tmp')) handle.sync = () => Promise.reject(full);
      return handle;
    };
    const store = await DirectoryStateStore.open(dir.path, { ...realFileSystem, open });
    await expect(store.writeDocument('state', { n: 1 })).rejects.toMatchObject({ code: 'disk_full' });
    expect((await readdir(dir.path)).sort()).toEqual(['blobs', 'partials']);
  });

  it('shows a blob only when it is whole', async () => {
    const store = await DirectoryStateStore.open(dir.path);
    const digest = await digestOf(BLOB);
    const partial = await store.openPartial(digest);
    await partial.append(BLOB.subarray(0, 2));
    await partial.close();
    expect(await store.readBlob(digest)).toBeUndefined();

    const again = await store.openPartial(digest);
    expect(again.size).toBe(2);
    await again.append(BLOB.subarray(2));
    expect(new Uint8Array(await again.read())).toEqual(BLOB);
    await again.commit();
    expect(new Uint8Array((await store.readBlob(digest)) ?? [])).toEqual(BLOB);
    expect((await store.openPartial(digest)).size).toBe(0);
  });

  it('clears away what is no longer wanted', async () => {
    const store = await DirectoryStateStore.open(dir.path);
    const [kept, gone] = [await digestOf(BLOB), await digestOf(BLOB.subarray(1))];
    for (const digest of [kept, gone]) {
      const partial = await store.openPartial(digest);
      await partial.append(BLOB);
      await partial.commit();
      await (await store.openPartial(digest)).close();
    }
    await store.retainBlobs(new Set([kept]));
    for (const part of ['blobs', 'partials']) {
      expect(await readdir(path.join(dir.path, part))).toEqual([kept.slice('sha256:'.length)]);
    }
  });

  it('takes no name but a digest', async () => {
    const store = await DirectoryStateStore.open(dir.path);
    expect(() => store.readBlob('sha256:../../key.json')).toThrow(TypeError);
  });

  it.each([
    ['ENOSPC', 'disk_full'],
    ['EDQUOT', 'disk_full'],
    ['EIO', 'store_failed'],
  ])('reports %s as %s', async (errno, code) => {
    const files: FileSystem = {
      ...realFileSystem,
      rename: () => Promise.reject(Object.assign(new Error(errno), { code: errno })),
    };
    const store = await DirectoryStateStore.open(dir.path, files);
    await expect(store.writeDocument('state', { n: 1 })).rejects.toMatchObject({ code });
  });
});

describe('a device that dies at any step of an update', () => {
  let base: BaseNetwork;
  let first: TestModulator;
  let second: TestModulator;
  beforeAll(async () => {
    await initInferenceBackend();
    base = await tinyBase(1);
    first = await aModulator(base, { version: 1, seed: 1 });
    second = await aModulator(base, { version: 2, seed: 2 });
  });

  type End = 'crash' | 'power cut' | 'full';

  /** Runs `action` on a copy of `folder` that dies at its n-th step, for every n, then `check` on what is left. */
  async function atEachStep(
    end: End,
    action: (folder: string, files: FileSystem) => Promise<unknown>,
    check: (folder: string, died: boolean) => Promise<void>,
  ): Promise<number> {
    for (let step = 1; ; step++) {
      const folder = path.join(dir.path, `step-${step}`);
      await cp(path.join(dir.path, 'before'), folder, { recursive: true });
      const disk = new DyingFileSystem(step, end === 'full' ? 'full' : 'death');
      await action(folder, disk.files).catch(() => undefined);
      const died = disk.steps >= step;
      if (died && end === 'power cut') await disk.cutPower();
      await check(folder, died);
      if (!died) return step;
    }
  }

  it.each<[string, End, number]>([
    ['by a crash', 'crash', 40],
    ['by a power cut', 'power cut', 40],
    ['as the disk is full', 'full', 10],
  ])('serves the old version or the new one, and ends with the new one: %s', async (_, end, steps) => {
    const delivery = await FakeDelivery.start();
    const store = await DirectoryStateStore.open(path.join(dir.path, 'before'));
    await delivery.publish({ slots: [{ modulator: first }] });
    const setUp = await enrolledDevice(delivery, base, { store });
    await setUp.device.poll();
    const answers = [await setUp.device.classify('digits', images(2))];
    await setUp.device.close();
    await delivery.publish({ slots: [{ modulator: second }] });
    const acceptedBefore = delivery.acceptedThrough;

    const update = async (folder: string, files: FileSystem): Promise<void> => {
      const { device } = await openDevice(delivery, base, { store: await DirectoryStateStore.open(folder, files) });
      await device.poll().catch(async (error: unknown) => {
        if (end === 'full') expect(await device.classify('digits', images(2))).toBeDefined();
        throw error;
      });
      if (end === 'full') expect(await device.classify('digits', images(2))).toHaveLength(2);
      await device.close();
    };
    const seen = new Set<number | undefined>();
    const check = async (folder: string): Promise<void> => {
      const { device, of } = await openDevice(delivery, base, { store: await DirectoryStateStore.open(folder) });
      const version = device.status().slots[0]?.version;
      const served = await device.classify('digits', images(2));
      if (version === 1) expect(served).toEqual(answers[0]);
      seen.add(version);
      expect(of('reverted')).toEqual([]);
      expect((await device.poll()).status.slots).toMatchObject([{ version: 2, phase: 'active' }]);
      answers[1] ??= await device.classify('digits', images(2));
      expect(await device.classify('digits', images(2))).toEqual(answers[1]);
      if (version === 2) expect(served).toEqual(answers[1]);
      expect(device.status().pendingReports).toBe(0);
      await device.close();
      const numbers = delivery.reports.map(({ seq }) => seq);
      expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => a - b));
      expect(delivery.reports.at(-1)).toMatchObject({ digest: second.digest, phase: 'active' });
      // The next step's device starts from the same state, as another run of the same history.
      delivery.reports.splice(acceptedBefore);
      delivery.acceptedThrough = acceptedBefore;
    };
    expect(await atEachStep(end, update, check)).toBeGreaterThan(steps);
    expect(seen).toEqual(new Set([1, 2]));
  });

  it.each<[string, End]>([
    ['by a crash', 'crash'],
    ['by a power cut', 'power cut'],
    ['as the disk is full', 'full'],
  ])('can enrol again, as itself: %s', async (_, end) => {
    await DirectoryStateStore.open(path.join(dir.path, 'before'));
    const delivery = await FakeDelivery.start();
    const enrol = async (folder: string, files?: FileSystem): Promise<unknown> =>
      enrolDevice({
        server: SERVER,
        enrolmentToken: 'good',
        baseDigests: [base.digest],
        runtime: 'test',
        store: await DirectoryStateStore.open(folder, files),
        fetch: delivery.fetch,
        now: () => NOW,
      });
    await atEachStep(end, enrol, async (folder, died) => {
      const error: unknown = await enrol(folder).catch((caught: unknown) => caught);
      if (!died) expect(error).toMatchObject({ code: 'already_enrolled' });
      const { device } = await openDevice(delivery, base, { store: await DirectoryStateStore.open(folder) });
      expect(device.status().slots).toEqual([]);
      await device.close();
    });
  });
});
