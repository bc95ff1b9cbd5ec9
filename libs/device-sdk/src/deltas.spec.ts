import { initInferenceBackend } from '@kernelcast/compute';
import { DELTA_ENCODING, digestOf, encodeDelta } from '@kernelcast/artifact';
import type { BaseNetwork } from '@kernelcast/nets';
import type { DeviceOptions } from './device.js';
import { FakeDelivery } from './testing/fake-delivery.js';
import { aModulator } from './testing/modulators.js';
import type { TestModulator } from './testing/modulators.js';
import { enrolledDevice } from './testing/test-device.js';
import { tinyBase } from './testing/tiny-base.js';

let base: BaseNetwork;
let before: TestModulator;
let after: TestModulator;
let delta: Uint8Array;

beforeAll(async () => {
  await initInferenceBackend();
  base = await tinyBase(1);
  before = await aModulator(base);
  after = await aModulator(base, { version: 2, seed: 2 });
  delta = encodeDelta(before.bytes, after.bytes, { from: before.digest, to: after.digest });
});

/** A device that runs the version before, and is then offered the one after with a delta. */
async function offered(
  offer: { delta?: Uint8Array; from?: TestModulator; encoding?: string },
  options: Partial<DeviceOptions> = {},
) {
  const { delta: bytes = delta, from = before, encoding = DELTA_ENCODING } = offer;
  const delivery = await FakeDelivery.start();
  const device = await enrolledDevice(delivery, base, options);
  await delivery.publish({ slots: [{ modulator: before }] });
  await device.device.poll();
  const digest = await digestOf(bytes);
  delivery.blobs.set(digest, bytes);
  const deltas = [{ from: from.digest, digest, size: bytes.length, encoding }];
  await delivery.publish({ slots: [{ modulator: after, changes: { deltas } }] });
  return { delivery, digest, ...device };
}

const wholes = (delivery: FakeDelivery): number => delivery.count(`blobs/${after.digest}`);

describe('a delta', () => {
  it('is fetched in the place of the version when the device holds what it is of', async () => {
    const { delivery, device, of, store, digest } = await offered({});
    const { status } = await device.poll();
    expect(status.slots).toMatchObject([{ version: 2, phase: 'active' }]);
    expect(of('fetched').at(-1)).toMatchObject({ via: 'delta', bytes: delta.length });
    expect([wholes(delivery), delivery.count(`blobs/${digest}`)]).toEqual([0, 1]);
    expect(await store.readBlob(after.digest)).toEqual(after.bytes);
    expect(await store.readBlob(digest)).toBeUndefined();
  });

  it.each([
    ['of a version that is not held', () => ({ from: after })],
    ['in an unknown encoding', () => ({ encoding: 'kcd9' })],
    ['that saves nothing', () => ({ delta: new Uint8Array(after.bytes.length) })],
  ])('is passed over: one %s', async (_name, offer) => {
    const { delivery, device, of, digest } = await offered(offer());
    await device.poll();
    expect(of('fetched').at(-1)).toMatchObject({ via: 'full', bytes: after.bytes.length });
    expect([delivery.count(`blobs/${digest}`), of('deltaRefused')]).toEqual([0, []]);
  });

  it('that does not make the version gives way to the whole, and says so', async () => {
    const wrong = delta.slice();
    wrong[wrong.length - 20] = (wrong.at(-20) ?? 0) ^ 1;
    const { device, of } = await offered({ delta: wrong });
    const { status } = await device.poll();
    expect(status.slots).toMatchObject([{ version: 2, phase: 'active' }]);
    expect(of('deltaRefused')).toMatchObject([{ code: 'delta_invalid' }]);
    expect(of('fetched').at(-1)).toMatchObject({ via: 'full', bytes: wrong.length + after.bytes.length });
  });

  it('that does not make the version costs no whole beyond the budget: it is reported, and the old version runs', async () => {
    const wrong = delta.slice();
    wrong[0] = 0;
    const { delivery, device, of } = await offered({ delta: wrong }, { maxBytesPerUpdate: before.bytes.length });
    const { status } = await device.poll();
    expect(status.slots).toMatchObject([{ version: 1, phase: 'failed', failure: { code: 'budget_exceeded' } }]);
    expect(of('deltaRefused')).toMatchObject([{ code: 'delta_invalid' }]);
    expect(wholes(delivery)).toBe(0);
    expect(delivery.reports.at(-1)).toMatchObject({ phase: 'failed', code: 'budget_exceeded', digest: after.digest });
  });

  it('is not asked for either when it is beyond the budget', async () => {
    const { delivery, device, digest } = await offered({}, { maxBytesPerUpdate: before.bytes.length });
    const dear = { from: before.digest, digest, size: before.bytes.length + 1, encoding: DELTA_ENCODING };
    await delivery.publish({
      slots: [{ modulator: after, changes: { size: before.bytes.length + 2, deltas: [dear] } }],
    });
    const { status } = await device.poll();
    expect(status.slots).toMatchObject([{ phase: 'failed', failure: { code: 'budget_exceeded' } }]);
    expect([wholes(delivery), delivery.count(`blobs/${digest}`)]).toEqual([0, 0]);
  });

  it('goes on where it was cut', async () => {
    const { delivery, device, of, digest } = await offered({});
    let cut = true;
    delivery.intercept = ({ path }) => {
      if (!path.endsWith(digest) || !cut) return undefined;
      cut = false;
      const half = delta.slice(0, 50);
      const body = new ReadableStream({
        start: (stream) => stream.enqueue(half),
        pull: (stream) => stream.error(new TypeError('cut')),
      });
      return new Response(body, { headers: { 'content-length': String(delta.length) } });
    };
    await device.poll();
    expect(of('fetched').at(-1)).toMatchObject({ via: 'delta', bytes: delta.length });
    const ranges = delivery.requests
      .filter(({ path }) => path.endsWith(digest))
      .map(({ headers }) => headers.get('range'));
    expect(ranges).toEqual([null, 'bytes=50-']);
  });
});
