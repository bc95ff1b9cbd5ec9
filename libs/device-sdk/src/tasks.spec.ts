import { initInferenceBackend } from '@kernelcast/compute';
import { createRunner } from '@kernelcast/nets';
import type { BaseNetwork } from '@kernelcast/nets';
import * as tf from '@tensorflow/tfjs-core';
import { DeviceError } from './device.errors.js';
import { FakeDelivery } from './testing/fake-delivery.js';
import { aModulator } from './testing/modulators.js';
import type { TestModulator } from './testing/modulators.js';
import { enrolledDevice, images, openDevice } from './testing/test-device.js';
import { tinyBase } from './testing/tiny-base.js';

let base: BaseNetwork;
let digits: TestModulator;
let letters: TestModulator;
let delivery: FakeDelivery;

beforeAll(async () => {
  await initInferenceBackend();
  base = await tinyBase(1);
  digits = await aModulator(base, { task: 'digits', seed: 1 });
  letters = await aModulator(base, { task: 'letters', seed: 2, labels: ['a', 'b'] });
});
beforeEach(async () => {
  delivery = await FakeDelivery.start();
});

const bothTasks = () => delivery.publish({ slots: [{ modulator: digits }, { modulator: letters }] });
/** Room for one folded network, so that every change of task folds anew. */
const ONE_NETWORK = 1;

describe('several tasks on one base', () => {
  it.each([
    ['folded anew for each switch', ONE_NETWORK],
    ['kept in memory', undefined],
  ])('answer bit for bit alike however often they are switched, %s', async (_, maxResidentBytes) => {
    await bothTasks();
    const { device, of } = await enrolledDevice(delivery, base, { maxResidentBytes });
    await device.poll();
    const answer = async () => [
      await device.classify('digits', images(5)),
      await device.classify('letters', images(5)),
    ];
    const first = await answer();
    for (let i = 0; i < 5; i++) expect(await answer()).toEqual(first);
    expect(of('switched').length).toBe(maxResidentBytes === ONE_NETWORK ? 12 : 0);
    await device.close();
  });

  it('leave the base as it was, bit for bit', async () => {
    const snapshot = new Map([...base.weights].map(([name, { data }]) => [name, data.slice()]));
    const features = (): Float32Array => {
      const runner = createRunner(base);
      const values = runner.predict(images(3));
      runner.dispose();
      return values;
    };
    const before = features();
    await bothTasks();
    const { device } = await enrolledDevice(delivery, base, { maxResidentBytes: ONE_NETWORK });
    await device.poll();
    for (const task of ['digits', 'letters', 'digits']) await device.classify(task, images(2));
    await device.close();
    for (const [name, { data }] of base.weights) expect(data).toEqual(snapshot.get(name));
    expect(features()).toEqual(before);
  });

  it('give back every tensor when the device is closed', async () => {
    await bothTasks();
    const tensors = tf.memory().numTensors;
    const { device } = await enrolledDevice(delivery, base);
    await device.poll();
    await device.classify('letters', images(2));
    expect(tf.memory().numTensors).toBeGreaterThan(tensors);
    await device.close();
    expect(tf.memory().numTensors).toBe(tensors);
  });

  it('give up the network that was not used for the longest time', async () => {
    const third = await aModulator(base, { task: 'signs', seed: 3 });
    await delivery.publish({ slots: [{ modulator: digits }, { modulator: letters }, { modulator: third }] });
    const { device, of } = await enrolledDevice(delivery, base, { maxResidentBytes: 3000 });
    await device.poll();
    const switchesFor = async (...tasks: string[]): Promise<string[]> => {
      const seen = of('switched').length;
      for (const task of tasks) await device.classify(task, images(1));
      return of('switched')
        .slice(seen)
        .map(({ task }) => task);
    };
    // Two networks of some 1,400 bytes fit; activation left letters and signs.
    expect(await switchesFor('letters', 'signs')).toEqual([]);
    expect(await switchesFor('digits')).toEqual(['digits']);
    expect(await switchesFor('signs', 'digits')).toEqual([]);
    expect(await switchesFor('letters')).toEqual(['letters']);
    expect(await switchesFor('digits')).toEqual([]);
    await device.close();
  });

  it('share the cost of the manifest that brought them, in proportion to their sizes', async () => {
    const jws = await bothTasks();
    const { device } = await enrolledDevice(delivery, base);
    await device.poll();
    const sizes = [digits.bytes.byteLength, letters.bytes.byteLength];
    const [sum] = [sizes.reduce((a, b) => a + b, 0)];
    const manifest = JSON.stringify(jws).length;
    const expected = sizes.map((size) => Math.round(size + (manifest * size) / sum));
    expect(device.status().slots.map(({ downloadedBytes }) => downloadedBytes)).toEqual(expected);
    await device.close();
  });

  it('are removed when the manifest no longer names them', async () => {
    await bothTasks();
    const { device, of, store } = await enrolledDevice(delivery, base, { maxDiskBytes: 0 });
    await device.poll();
    await delivery.publish({ slots: [{ modulator: letters }] });
    const { status } = await device.poll();
    expect(status.slots.map(({ slot }) => slot)).toEqual(['letters']);
    expect(of('removed')).toEqual([{ type: 'removed', slot: 'digits' }]);
    expect(delivery.reports.at(-1)).toMatchObject({
      slot: 'digits',
      digest: null,
      phase: 'reverted',
      code: 'slot_removed',
    });
    expect(await store.readBlob(digits.digest)).toBeUndefined();
    await expect(device.classify('digits', images(1))).rejects.toThrow(
      "no version of 'digits' is active here; active: letters",
    );
    await device.close();
  });

  it('go back to the version before without fetching it again', async () => {
    const second = await aModulator(base, { task: 'digits', version: 2, seed: 9 });
    const { device } = await enrolledDevice(delivery, base);
    const answers: unknown[] = [];
    for (const modulator of [digits, second, digits]) {
      await delivery.publish({ slots: [{ modulator }] });
      await device.poll();
      answers.push(await device.classify('digits', images(3)));
    }
    expect(answers[2]).toEqual(answers[0]);
    expect(answers[1]).not.toEqual(answers[0]);
    expect(delivery.count('blobs')).toBe(2);
    await device.close();
  });

  it('come back from the disk after more than one version, as far as the budget for it allows', async () => {
    const versions = await Promise.all([1, 2, 3, 4].map((version) => aModulator(base, { version, seed: version })));
    const size = versions[0]?.bytes.byteLength ?? 0;
    const { device, store } = await enrolledDevice(delivery, base, { maxDiskBytes: 3 * size });
    for (const modulator of versions) {
      await delivery.publish({ slots: [{ modulator }] });
      await device.poll();
    }
    const held = await Promise.all(versions.map(({ digest }) => store.readBlob(digest)));
    expect(held.map((bytes) => bytes !== undefined)).toEqual([false, true, true, true]);
    const fetched = delivery.count('blobs');
    await delivery.publish({ slots: versions.slice(1, 2).map((modulator) => ({ modulator })) });
    expect((await device.poll()).status.slots).toMatchObject([{ version: 2, phase: 'active' }]);
    expect(delivery.count('blobs')).toBe(fetched);
    await device.close();
  });

  it('give up old versions on a full disk before they fail to bring a new one', async () => {
    const versions = await Promise.all([1, 2, 3, 4].map((version) => aModulator(base, { version, seed: version })));
    const { device, store } = await enrolledDevice(delivery, base);
    const openPartial = store.openPartial.bind(store);
    for (const modulator of versions) {
      await delivery.publish({ slots: [{ modulator }] });
      const oldest = versions[0]?.digest ?? modulator.digest;
      store.openPartial = async (digest) => {
        const full = modulator.version === 4 && (await store.readBlob(oldest)) !== undefined;
        if (full) throw new DeviceError('disk_full', 'no room');
        return openPartial(digest);
      };
      expect((await device.poll()).status.slots).toMatchObject([{ version: modulator.version, phase: 'active' }]);
    }
    await device.close();
  });

  it('take a new version number for the same file without fetching it', async () => {
    const { device } = await enrolledDevice(delivery, base);
    await delivery.publish({ slots: [{ modulator: digits }] });
    await device.poll();
    await delivery.publish({ slots: [{ modulator: { ...digits, version: 5 } }] });
    expect((await device.poll()).status.slots[0]).toMatchObject({ version: 5, phase: 'active' });
    expect(delivery.count('blobs')).toBe(1);
    await device.close();
  });
});

describe('a damaged store', () => {
  const second = () => aModulator(base, { task: 'digits', version: 2, seed: 9 });

  /** A device whose current version's blob was damaged while it was off. */
  async function damaged(versions: readonly TestModulator[]) {
    const { device, store } = await enrolledDevice(delivery, base);
    for (const modulator of versions) {
      await delivery.publish({ slots: [{ modulator }] });
      await device.poll();
    }
    await device.close();
    const current = versions.at(-1) ?? digits;
    const partial = await store.openPartial(current.digest);
    await partial.append(current.bytes.map((byte, i) => (i === 900 ? byte ^ 4 : byte)));
    await partial.commit();
    return openDevice(delivery, base, { store });
  }

  it('makes a slot go back to the version before, and the next poll mends it', async () => {
    const newer = await second();
    const { device, of } = await damaged([digits, newer]);
    expect(await device.classify('digits', images(2))).toHaveLength(2);
    expect(of('reverted')).toEqual([expect.objectContaining({ slot: 'digits', code: 'blob_tampered' })]);
    expect(device.status().slots[0]).toMatchObject({ version: 1, phase: 'pending' });

    const { status } = await device.poll();
    expect(status.slots[0]).toMatchObject({ version: 2, phase: 'active' });
    expect(delivery.reports.map(({ phase }) => phase).slice(-4)).toEqual([
      'reverted',
      'downloading',
      'verified',
      'active',
    ]);
    await device.close();
  });

  it('runs nothing rather than something unverified, until the next poll mends it', async () => {
    const { device, of } = await damaged([digits]);
    await expect(device.classify('digits', images(1))).rejects.toMatchObject({ code: 'blob_tampered' });
    expect(of('failed')).toEqual([expect.objectContaining({ slot: 'digits', code: 'blob_tampered' })]);
    expect((await device.poll()).status.slots[0]).toMatchObject({ version: 1, phase: 'active' });
    expect(await device.classify('digits', images(1))).toHaveLength(1);
    await device.close();
  });

  it('is noticed by the first poll, before anyone asks for the task', async () => {
    const { device } = await damaged([digits]);
    const fetched = delivery.count('blobs');
    expect((await device.poll()).status.slots[0]).toMatchObject({ version: 1, phase: 'active' });
    expect(delivery.count('blobs')).toBe(fetched + 1);
    await device.poll();
    expect(delivery.count('blobs')).toBe(fetched + 1);
    await device.close();
  });

  it('cannot make a version run that nobody approved', async () => {
    const { device, store } = await enrolledDevice(delivery, base);
    await delivery.publish({ slots: [{ modulator: digits }] });
    await device.poll();
    await device.close();
    // Someone puts another file in its place, and its digest and size in the state.
    const { copies } = await store.readDocument('state');
    const forged = await second();
    const text = JSON.stringify(copies[0])
      .replaceAll(digits.digest, forged.digest)
      .replaceAll(`"size":${digits.bytes.byteLength}`, `"size":${forged.bytes.byteLength}`);
    await store.writeDocument('state', JSON.parse(text) as object);
    const partial = await store.openPartial(forged.digest);
    await partial.append(forged.bytes);
    await partial.commit();
    const again = await openDevice(delivery, base, { store });
    await expect(again.device.classify('digits', images(1))).rejects.toMatchObject({ code: 'statement_mismatch' });
    await again.device.close();
  });
});

describe('a read-only device beside the one that polls', () => {
  it('finds what the other brought, and what it replaced', async () => {
    const { device, store } = await enrolledDevice(delivery, base, { maxDiskBytes: 0 });
    const reader = await openDevice(delivery, base, { store, readOnly: true });
    await expect(reader.device.classify('digits', images(1))).rejects.toMatchObject({ code: 'task_not_active' });
    await delivery.publish({ slots: [{ modulator: digits }] });
    await device.poll();
    expect(await reader.device.classify('digits', images(2))).toEqual(await device.classify('digits', images(2)));

    const late = await openDevice(delivery, base, { store, readOnly: true });
    for (const version of [2, 3]) {
      await delivery.publish({ slots: [{ modulator: await aModulator(base, { version, seed: version }) }] });
      await device.poll();
    }
    expect(await store.readBlob(digits.digest)).toBeUndefined();
    expect(await late.device.classify('digits', images(2))).toEqual(await device.classify('digits', images(2)));
    for (const each of [device, reader.device, late.device]) await each.close();
  });

  it('writes nothing', async () => {
    await delivery.publish({ slots: [{ modulator: digits }] });
    const { device, store } = await enrolledDevice(delivery, base);
    await device.poll();
    await device.close();
    const before = await store.readDocument('state');
    await store.removeBlob(digits.digest);
    const reader = await openDevice(delivery, base, { store, readOnly: true });
    await expect(reader.device.classify('digits', images(1))).rejects.toMatchObject({ code: 'blob_missing' });
    await expect(reader.device.poll()).rejects.toThrow(TypeError);
    expect(await store.readDocument('state')).toEqual(before);
    await reader.device.close();
  });
});
