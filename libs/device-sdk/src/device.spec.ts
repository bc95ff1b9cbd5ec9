import { initInferenceBackend } from '@kernelcast/compute';
import type { BaseNetwork } from '@kernelcast/nets';
import { DEVICE_ID, FakeDelivery } from './testing/fake-delivery.js';
import { aModulator } from './testing/modulators.js';
import { enrolledDevice, images, openDevice } from './testing/test-device.js';
import { tinyBase } from './testing/tiny-base.js';

let base: BaseNetwork;
let delivery: FakeDelivery;

beforeAll(async () => {
  await initInferenceBackend();
  base = await tinyBase(1);
});
beforeEach(async () => {
  delivery = await FakeDelivery.start();
});

describe('a device', () => {
  it('activates what its manifest names, serves it and reports it', async () => {
    const modulator = await aModulator(base);
    const jws = await delivery.publish({ slots: [{ modulator }] });
    const { device, of } = await enrolledDevice(delivery, base);

    const result = await device.poll();

    expect(result).toMatchObject({ outcome: 'accepted', pollAfterSeconds: 60 });
    const downloadedBytes = modulator.bytes.byteLength + JSON.stringify(jws).length;
    expect(device.status()).toEqual({
      deviceId: DEVICE_ID,
      server: 'http://delivery.test',
      manifestVersion: 1,
      pendingReports: 0,
      slots: [
        {
          slot: 'digits',
          task: 'digits',
          version: 1,
          digest: modulator.digest,
          size: modulator.bytes.byteLength,
          phase: 'active',
          downloadedBytes,
          swapMs: expect.any(Number),
          failure: null,
        },
      ],
    });
    expect(of('active')).toHaveLength(1);
    expect(delivery.reports.map(({ seq, phase, code }) => [seq, phase, code])).toEqual([
      [1, 'downloading', null],
      [2, 'verified', null],
      [3, 'active', null],
    ]);
    expect(delivery.reports[1]).toMatchObject({
      slot: 'digits',
      digest: modulator.digest,
      selfTest: { passed: true, maxError: expect.any(Number) },
      durations: { download: expect.any(Number), verify: expect.any(Number), fold: expect.any(Number) },
    });

    const [first, second] = await device.classify('digits', images(2));
    expect(modulator.labels).toContain(first?.label);
    expect(Object.keys(second?.probabilities ?? {})).toEqual(modulator.labels);
    const sum = Object.values(first?.probabilities ?? {}).reduce((a, b) => a + b, 0);
    expect(sum).toBeCloseTo(1, 12);
    expect(first?.probability).toBe(Math.max(...Object.values(first?.probabilities ?? {})));
    await device.close();
  });

  it('asks with the digest of its manifest and fetches nothing twice', async () => {
    await delivery.publish({ slots: [{ modulator: await aModulator(base) }] });
    const { device } = await enrolledDevice(delivery, base);
    await device.poll();
    const result = await device.poll();
    expect(result).toMatchObject({ outcome: 'unchanged', pollAfterSeconds: 60 });
    expect([delivery.count('manifest'), delivery.count('blobs'), delivery.count('reports')]).toEqual([2, 1, 1]);
    await device.close();
  });

  it('serves from its store without a network', async () => {
    const modulator = await aModulator(base);
    await delivery.publish({ slots: [{ modulator }] });
    const { device, store } = await enrolledDevice(delivery, base);
    await device.poll();
    const online = await device.classify('digits', images(3));
    await device.close();

    const fetch = () => Promise.reject(new TypeError('fetch failed'));
    const again = await openDevice(delivery, base, { store, fetch });
    await expect(again.device.poll()).rejects.toMatchObject({ code: 'network_unreachable' });
    expect(await again.device.classify('digits', images(3))).toEqual(online);
    await again.device.close();
  });
});
