import { initInferenceBackend } from '@kernelcast/compute';
import type { BaseNetwork } from '@kernelcast/nets';
import { DeviceError } from './device.errors.js';
import type { DeviceOptions } from './device.js';
import { FakeDelivery } from './testing/fake-delivery.js';
import { aModulator } from './testing/modulators.js';
import type { TestModulator } from './testing/modulators.js';
import { enrolledDevice, images, openDevice } from './testing/test-device.js';
import type { TestDevice } from './testing/test-device.js';
import { tinyBase } from './testing/tiny-base.js';

let base: BaseNetwork;
let digits: TestModulator;
let delivery: FakeDelivery;

beforeAll(async () => {
  await initInferenceBackend();
  base = await tinyBase(1);
  digits = await aModulator(base, { task: 'digits', seed: 1 });
});
beforeEach(async () => {
  delivery = await FakeDelivery.start();
});

describe('a fault that passes', () => {
  /** A device that starts with two versions in its store, without a server. */
  async function restarted(options: Partial<DeviceOptions>): Promise<TestDevice> {
    const { device, store } = await enrolledDevice(delivery, base);
    for (const modulator of [await aModulator(base, { seed: 7 }), digits]) {
      await delivery.publish({ slots: [{ modulator }] });
      await device.poll();
    }
    await device.close();
    delivery.intercept = () => Promise.reject(new TypeError('fetch failed'));
    return openDevice(delivery, base, { store, ...options });
  }

  it('costs no slot its version: a backend that does not start', async () => {
    let fails = true;
    const initBackend = () => (fails ? Promise.reject(new Error('out of memory')) : initInferenceBackend());
    const { device } = await restarted({ initBackend });
    await expect(device.classify('digits', images(1))).rejects.toThrow('out of memory');
    expect(device.status()).toMatchObject({ pendingReports: 0, slots: [{ digest: digits.digest, phase: 'active' }] });
    fails = false;
    expect(await device.classify('digits', images(1))).toHaveLength(1);
    await device.close();
  });

  it('costs no slot its version: a store that cannot be read now', async () => {
    const { device, store } = await restarted({});
    const readBlob = store.readBlob.bind(store);
    store.readBlob = () => Promise.reject(new DeviceError('store_failed', 'too many open files'));
    await expect(device.classify('digits', images(1))).rejects.toMatchObject({ code: 'store_failed' });
    delivery.intercept = () => undefined;
    expect((await device.poll()).status.slots[0]).toMatchObject({ digest: digits.digest, phase: 'active' });
    store.readBlob = readBlob;
    expect(await device.classify('digits', images(1))).toHaveLength(1);
    await device.close();
  });
});

it('loading a damaged version does not undo the one that a poll brings meanwhile', async () => {
  const { device, store } = await enrolledDevice(delivery, base);
  await delivery.publish({ slots: [{ modulator: digits }] });
  await device.poll();
  await device.close();
  const newer = await aModulator(base, { version: 2, seed: 9 });
  const readBlob = store.readBlob.bind(store);
  const again = await openDevice(delivery, base, { store });
  await delivery.publish({ slots: [{ modulator: newer }] });
  let give: (blob: Uint8Array) => void = () => undefined;
  const blob = new Promise<Uint8Array>((resolve) => (give = resolve));
  const asked = new Promise<void>((resolve) => {
    store.readBlob = () => {
      resolve();
      return blob;
    };
  });
  const classifying = again.device.classify('digits', images(1)).catch((error: unknown) => error);
  await asked;
  store.readBlob = readBlob;
  await again.device.poll();
  give(new Uint8Array(3));
  await classifying;
  expect(again.device.status().slots[0]).toMatchObject({ version: 2, digest: newer.digest, phase: 'active' });
  expect(again.of('reverted')).toEqual([]);
  expect(again.of('failed')).toEqual([]);
  await again.device.close();
});

it('what a process received before it was killed counts as downloaded', async () => {
  await delivery.publish({ slots: [{ modulator: digits }] });
  const { device, store } = await enrolledDevice(delivery, base);
  const partial = await store.openPartial(digits.digest);
  await partial.append(digits.bytes.subarray(0, 600));
  const { status } = await device.poll();
  const manifestBytes = JSON.stringify(delivery.manifest).length;
  expect(status.slots[0]?.downloadedBytes).toBe(digits.bytes.byteLength + manifestBytes);
  await device.close();
});

it('a slot may be called what every object has', async () => {
  await delivery.publish({ slots: [{ slot: 'constructor', modulator: digits }] });
  const { device } = await enrolledDevice(delivery, base);
  expect((await device.poll()).status.slots[0]).toMatchObject({ slot: 'constructor', phase: 'active' });
  await device.close();
});
