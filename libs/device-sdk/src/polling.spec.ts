import type { FlattenedJws } from '@kernelcast/contracts';
import { initInferenceBackend } from '@kernelcast/compute';
import type { BaseNetwork } from '@kernelcast/nets';
import { Device } from './device.js';
import type { DeviceOptions } from './device.js';
import { MemoryStateStore } from './state/memory-state-store.js';
import { DeviceError } from './device.errors.js';
import { FakeDelivery, NOW } from './testing/fake-delivery.js';
import { aModulator } from './testing/modulators.js';
import type { TestModulator } from './testing/modulators.js';
import { enrolledDevice, images, openDevice, STILL } from './testing/test-device.js';
import { tinyBase } from './testing/tiny-base.js';

let base: BaseNetwork;
let modulator: TestModulator;
let delivery: FakeDelivery;

beforeAll(async () => {
  await initInferenceBackend();
  base = await tinyBase(1);
  modulator = await aModulator(base);
});
beforeEach(async () => {
  delivery = await FakeDelivery.start();
});

/** A manifest without slots. */
const publishNothing = () => delivery.publish({ slots: [], changes: { base: { digest: base.digest } } });

/** Enrols with the answers of the fake, before a test's own take over. */
async function enrolled(options: Partial<DeviceOptions> = {}) {
  const { intercept } = delivery;
  delivery.intercept = () => undefined;
  const test = await enrolledDevice(delivery, base, options);
  delivery.intercept = intercept;
  return test;
}

/** Lets a device run for a number of waits, and gives their lengths in milliseconds. */
async function waitsOf(count: number, waitSeconds = 0): Promise<number[]> {
  const waits: number[] = [];
  const controller = new AbortController();
  const sleep = (ms: number): Promise<void> => {
    waits.push(ms);
    if (waits.length === count) controller.abort();
    return Promise.resolve();
  };
  const { device } = await enrolled({ sleep });
  await device.run({ waitSeconds, signal: controller.signal });
  await device.close();
  return waits;
}

describe('polling', () => {
  it('comes back when the server says', async () => {
    await publishNothing();
    expect(await waitsOf(3)).toEqual([60_000, 60_000, 60_000]);
  });

  it('backs off while there is no server, with jitter and up to a limit', async () => {
    delivery.intercept = () => Promise.reject(new TypeError('fetch failed'));
    const waits = await waitsOf(12);
    expect(waits.slice(0, 5)).toEqual([500, 1000, 2000, 4000, 8000]);
    expect(waits.at(-1)).toBe(150_000);
  });

  it('waits as long as a busy server asks', async () => {
    expect(await waitsOf(1)).toEqual([7000]);
  });

  it('starts over with short waits after a success', async () => {
    await publishNothing();
    let polls = 0;
    delivery.intercept = ({ path }) =>
      path.includes('manifest') && ++polls !== 3 ? Promise.reject(new TypeError('fetch failed')) : undefined;
    expect(await waitsOf(4)).toEqual([500, 1000, 60_000, 500]);
  });

  it('asks a server that holds requests again soon after a change, not when it holds nothing', async () => {
    await publishNothing();
    expect(await waitsOf(2, 30)).toEqual([500, 60_000]);
    expect(delivery.requests.filter(({ path }) => path.endsWith('manifest?wait=30'))).toHaveLength(2);
  });

  it('does not hurry with a server that sends what the device has', async () => {
    await publishNothing();
    delivery.intercept = ({ path }) => (path.includes('manifest') ? Response.json(delivery.manifest) : undefined);
    expect(await waitsOf(3, 30)).toEqual([500, 300_000, 300_000]);
  });

  it('is not sent away for longer than a day', async () => {
    delivery.intercept = ({ path }) =>
      path.includes('manifest')
        ? new Response(null, { status: 503, headers: { 'retry-after': '999999999' } })
        : undefined;
    expect(await waitsOf(1)).toEqual([86_400_000]);
  });

  it('does not loop with a server that always has news', async () => {
    const two = [1, 2].map((hour) => new Date(NOW.getTime() + hour * 3_600_000).toISOString());
    const manifests: FlattenedJws[] = [];
    for (const issuedAt of two) manifests.push(await delivery.publish({ slots: [], version: 5, changes: { issuedAt, base: { digest: base.digest } } })); // prettier-ignore
    let polls = 0;
    delivery.intercept = ({ path }) => (path.includes('manifest') ? Response.json(manifests[polls++ % 2]) : undefined);
    expect(await waitsOf(3, 30)).toEqual([500, 500, 500]);
  });

  it('goes on at once with what a restart interrupted, without a held request', async () => {
    await delivery.publish({ slots: [{ modulator }] });
    const { device, store } = await enrolledDevice(delivery, base);
    const controller = new AbortController();
    delivery.intercept = ({ path }) => (path.includes('blobs') ? (controller.abort(), new Response(null)) : undefined);
    await expect(device.poll({ waitSeconds: 30, signal: controller.signal })).rejects.toBeDefined();
    await device.close();
    delivery.intercept = () => undefined;
    const again = await openDevice(delivery, base, { store });
    await again.device.poll({ waitSeconds: 30 });
    expect(delivery.requests.filter(({ path }) => path.includes('manifest')).map(({ path }) => path)).toEqual([
      '/device/v1/manifest?wait=30',
      '/device/v1/manifest',
    ]);
    expect(again.device.status().slots[0]?.phase).toBe('active');
    await again.device.close();
  });

  it('stops at once when it is told to', async () => {
    await publishNothing();
    const controller = new AbortController();
    delivery.intercept = (_, init) =>
      new Promise((_resolve, reject) => {
        init?.signal?.addEventListener('abort', () => reject(init.signal?.reason));
        controller.abort();
      });
    const { device } = await enrolled();
    await expect(device.run({ signal: controller.signal })).resolves.toBeUndefined();
    await device.close();
  });

  it('goes on when a listener fails', async () => {
    await delivery.publish({ slots: [{ modulator }] });
    const { device } = await enrolledDevice(delivery, base);
    device.onEvent(() => {
      throw new Error('listener');
    });
    expect((await device.poll()).status.slots[0]?.phase).toBe('active');
    await device.close();
  });

  it('does not believe that nothing changed when it has nothing', async () => {
    const { device } = await enrolledDevice(delivery, base);
    delivery.intercept = ({ path }) => (path.includes('manifest') ? new Response(null, { status: 304 }) : undefined);
    await expect(device.poll()).rejects.toMatchObject({ code: 'response_invalid' });
    await device.close();
  });

  it('asks without a digest once its manifest has expired, and does not act on it', async () => {
    await delivery.publish({ slots: [{ modulator }] });
    const { device, store } = await enrolledDevice(delivery, base);
    await device.poll();
    await device.close();
    const later = new Date(NOW.getTime() + 8 * 86_400_000);
    const again = await openDevice(delivery, base, { store, now: () => later });
    delivery.intercept = ({ path, headers }) =>
      path.includes('manifest') && headers.has('if-none-match') ? new Response(null, { status: 304 }) : undefined;
    expect(await again.device.poll()).toMatchObject({ outcome: 'refused', refusal: { code: 'manifest_expired' } });
    expect(await again.device.classify('digits', images(1))).toHaveLength(1);
    await again.device.close();
  });
});

describe('credentials', () => {
  it('are renewed by the device key when the server no longer takes them', async () => {
    await publishNothing();
    const { device } = await enrolledDevice(delivery, base);
    delivery.credential = 'credential-2';
    await device.poll();
    expect([delivery.count('nonce'), delivery.count('credential')]).toEqual([1, 1]);
    await device.poll();
    expect(delivery.count('credential')).toBe(1);
    await device.close();
  });

  it('are renewed before they expire', async () => {
    await publishNothing();
    let now = NOW;
    const { device } = await enrolledDevice(delivery, base, { now: () => now });
    await device.poll();
    expect(delivery.count('credential')).toBe(0);
    now = new Date(NOW.getTime() + 6.5 * 86_400_000);
    await device.poll();
    expect(delivery.count('credential')).toBe(1);
    await device.close();
  });

  it('are not renewed with every request because a clock runs ahead', async () => {
    const { device } = await enrolledDevice(delivery, base, { now: () => new Date(NOW.getTime() + 400 * 86_400_000) });
    await publishNothing();
    for (let i = 0; i < 3; i++) await device.poll();
    expect(delivery.count('credential')).toBe(1);
    await device.close();
  });

  it('are not renewed for a revoked device, which keeps serving', async () => {
    await delivery.publish({ slots: [{ modulator }] });
    const { device } = await enrolledDevice(delivery, base);
    await device.poll();
    delivery.revoked = true;
    await expect(device.poll()).rejects.toMatchObject({ code: 'credential_revoked' });
    expect(delivery.count('nonce')).toBe(0);
    expect(await device.classify('digits', images(1))).toHaveLength(1);
    await device.close();
  });
});

describe('reports', () => {
  it('wait for a server that does not take them, without holding up the rest', async () => {
    await delivery.publish({ slots: [{ modulator }] });
    const { device, of } = await enrolledDevice(delivery, base);
    delivery.intercept = ({ path }) => (path.includes('reports') ? new Response(null, { status: 503 }) : undefined);
    expect((await device.poll()).status).toMatchObject({ pendingReports: 3, slots: [{ phase: 'active' }] });
    expect(of('reportsDelayed')).toEqual([expect.objectContaining({ code: 'http_503', pending: 3 })]);
    delivery.intercept = () => undefined;
    await device.poll();
    expect(delivery.reports.map(({ seq }) => seq)).toEqual([1, 2, 3]);
    expect(device.status().pendingReports).toBe(0);
    await device.close();
  });
});

describe('a full disk', () => {
  it('stops an update and nothing else', async () => {
    const store = new MemoryStateStore();
    await delivery.publish({ slots: [{ modulator }] });
    const { device } = await enrolledDevice(delivery, base, { store });
    await device.poll();
    const next = await aModulator(base, { version: 2, seed: 2 });
    await delivery.publish({ slots: [{ modulator: next }] });
    const openPartial = store.openPartial.bind(store);
    store.openPartial = async (digest) => {
      const partial = await openPartial(digest);
      partial.append = () => Promise.reject(new DeviceError('disk_full', 'ENOSPC'));
      return partial;
    };
    const { status } = await device.poll();
    expect(status.slots[0]).toMatchObject({ version: 1, phase: 'failed', failure: { code: 'disk_full' } });
    expect(delivery.reports.at(-1)).toMatchObject({ phase: 'failed', code: 'disk_full' });
    expect(await device.classify('digits', images(1))).toHaveLength(1);
    await device.close();
  });

  it('does not switch what it cannot record', async () => {
    const store = new MemoryStateStore();
    await delivery.publish({ slots: [{ modulator }] });
    const { device } = await enrolledDevice(delivery, base, { store });
    await device.poll();
    const before = await device.classify('digits', images(2));
    const next = await aModulator(base, { version: 2, seed: 2 });
    await delivery.publish({ slots: [{ modulator: next }] });
    const write = store.writeDocument.bind(store);
    store.writeDocument = (name, value) =>
      JSON.stringify(value).includes('"phase":"verified"')
        ? Promise.reject(new DeviceError('disk_full', 'ENOSPC'))
        : write(name, value);
    expect((await device.poll()).status.slots[0]).toMatchObject({ version: 1, failure: { code: 'disk_full' } });
    expect(await device.classify('digits', images(2))).toEqual(before);
    // The blob makes room for the report.
    expect(await store.readBlob(next.digest)).toBeUndefined();
    expect(delivery.reports.at(-1)).toMatchObject({ phase: 'failed', code: 'disk_full' });
    await device.close();
  });
});

describe('opening', () => {
  it('needs an enrolment, with this base', async () => {
    await expect(Device.open({ ...STILL, store: new MemoryStateStore(), base })).rejects.toMatchObject({
      code: 'not_enrolled',
    });
    const { device, store } = await enrolledDevice(delivery, base);
    await device.close();
    await expect(Device.open({ ...STILL, store, base: await tinyBase(2) })).rejects.toMatchObject({
      code: 'base_mismatch',
    });
  });
});
