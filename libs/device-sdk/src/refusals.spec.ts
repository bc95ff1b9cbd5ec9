import { digestOf, encodeModulator, decodeModulator, GOLDEN_LOGITS } from '@kernelcast/artifact';
import { initInferenceBackend } from '@kernelcast/compute';
import type { BaseNetwork } from '@kernelcast/nets';
import type { Prediction } from './inference/predictions.js';
import { FakeDelivery, NOW } from './testing/fake-delivery.js';
import type { Publication } from './testing/fake-delivery.js';
import { aModulator } from './testing/modulators.js';
import type { TestModulator } from './testing/modulators.js';
import { enrolledDevice, images } from './testing/test-device.js';
import type { TestDevice } from './testing/test-device.js';
import { tinyBase } from './testing/tiny-base.js';

const HOUR_MS = 3_600_000;
let base: BaseNetwork;
let otherBase: BaseNetwork;
let good: TestModulator;
let next: TestModulator;
let delivery: FakeDelivery;
let test: TestDevice;
let before: Prediction[];
let clock: Date;

beforeAll(async () => {
  await initInferenceBackend();
  base = await tinyBase(1);
  otherBase = await tinyBase(2);
  good = await aModulator(base, { version: 1, seed: 1 });
  next = await aModulator(base, { version: 2, seed: 2 });
});

/** A device that serves a good version; the attack comes after. */
beforeEach(async () => {
  clock = NOW;
  delivery = await FakeDelivery.start();
  await delivery.publish({ slots: [{ modulator: good }], version: 10 });
  test = await enrolledDevice(delivery, base, { now: () => clock });
  await test.device.poll();
  before = await test.device.classify('digits', images(4));
});
afterEach(() => test.device.close());

/** The last good version runs on: the same answers, the same slot, also after a start from the store. */
async function expectOldStillServes(): Promise<void> {
  expect(await test.device.classify('digits', images(4))).toEqual(before);
  const [slot] = test.device.status().slots;
  expect(slot).toMatchObject({ task: 'digits', version: 1, digest: good.digest });
}

const lastReport = () => delivery.reports.at(-1);

describe('a manifest is refused', () => {
  async function expectRefused(code: string): Promise<void> {
    const result = await test.device.poll();
    expect(result).toMatchObject({ outcome: 'refused', refusal: { code } });
    expect(lastReport()).toMatchObject({ slot: '*', digest: null, phase: 'failed', code });
    expect(test.device.status().manifestVersion).toBe(10);
    expect(delivery.count('blobs')).toBe(1);
    await expectOldStillServes();
  }
  const attack = (changes: Partial<Publication> = {}): Promise<unknown> =>
    delivery.publish({ slots: [{ modulator: next }], version: 11, ...changes });

  it('with a payload that was changed', async () => {
    const jws = await delivery.publish({ slots: [{ modulator: next }], version: 11 });
    const payload = JSON.parse(Buffer.from(jws.payload, 'base64url').toString()) as { version: number };
    payload.version = 12;
    delivery.manifest = { ...jws, payload: Buffer.from(JSON.stringify(payload)).toString('base64url') };
    await expectRefused('signature_invalid');
  });

  it('with a flipped bit in its signature', async () => {
    const jws = await delivery.publish({ slots: [{ modulator: next }], version: 11 });
    const signature = Buffer.from(jws.signature, 'base64url');
    signature[5] = (signature[5] ?? 0) ^ 1;
    delivery.manifest = { ...jws, signature: signature.toString('base64url') };
    await expectRefused('signature_invalid');
  });

  it('signed by a stranger', async () => {
    await attack({ manifestSigner: delivery.strangerKey });
    await expectRefused('key_unknown');
  });

  it('signed by the release key, which may not sign manifests', async () => {
    await attack({ manifestSigner: delivery.releaseKey });
    await expectRefused('key_unknown');
  });

  it('with a statement by the manifest key, which may not approve versions', async () => {
    await attack({ statementSigner: delivery.manifestKey });
    await expectRefused('key_unknown');
  });

  it('that was replayed: an older one, genuine in its time', async () => {
    const old = delivery.manifest;
    await delivery.publish({ slots: [{ modulator: next }], version: 11 });
    await test.device.poll();
    delivery.manifest = old;
    const result = await test.device.poll();
    expect(result).toMatchObject({ outcome: 'refused', refusal: { code: 'manifest_downgraded' } });
    expect(test.device.status().slots[0]).toMatchObject({ version: 2, digest: next.digest, phase: 'active' });
    expect(lastReport()).toMatchObject({ slot: '*', code: 'manifest_downgraded' });
  });

  it('that has a lower version than the one accepted', async () => {
    await attack({ version: 9 });
    await expectRefused('manifest_downgraded');
  });

  it('that has expired', async () => {
    await attack({ changes: { expiresAt: new Date(NOW.getTime() - HOUR_MS).toISOString() } });
    await expectRefused('manifest_expired');
  });

  it('that has expired, even when the clock was set back to before it did', async () => {
    await attack({ changes: { expiresAt: new Date(NOW.getTime() - HOUR_MS).toISOString() } });
    clock = new Date(0);
    await expectRefused('manifest_expired');
  });

  it('for a base the device does not hold', async () => {
    await attack({ slots: [{ modulator: await aModulator(otherBase, { version: 2 }) }] });
    await expectRefused('base_mismatch');
  });

  it.each([
    ['digest', { modulatorDigest: `sha256:${'d'.repeat(64)}` as const }],
    ['base', { baseDigest: `sha256:${'d'.repeat(64)}` as const }],
    ['task', { task: 'letters' }],
    ['version', { version: 3 }],
  ])('with a genuine statement about another %s', async (_, claims) => {
    await attack({ slots: [{ modulator: next, claims }] });
    await expectRefused('statement_mismatch');
  });

  it.each([
    ['is no JSON', 'not json'],
    ['is no JWS', '{"payload":"e30"}'],
    ['is nothing', ''],
  ])('that %s', async (_, body) => {
    delivery.intercept = ({ path }) => (path.includes('manifest') ? new Response(body) : undefined);
    await expectRefused('manifest_malformed');
  });

  it('and reported once, however often it is sent', async () => {
    await attack({ manifestSigner: delivery.strangerKey });
    await test.device.poll();
    const count = delivery.reports.length;
    await test.device.poll();
    expect(delivery.reports).toHaveLength(count);
    await attack({ manifestSigner: delivery.strangerKey, version: 13 });
    await test.device.poll();
    expect(delivery.reports).toHaveLength(count + 1);
  });

  it('and is no end: the next good one is accepted', async () => {
    await attack({ manifestSigner: delivery.strangerKey });
    await test.device.poll();
    await attack();
    expect(await test.device.poll()).toMatchObject({ outcome: 'accepted' });
    expect(test.device.status().slots[0]).toMatchObject({ version: 2, phase: 'active' });
  });

  it('in silence beyond its size', async () => {
    const endless = new Uint8Array(2 ** 21).fill(0x20);
    delivery.intercept = ({ path }) => (path.includes('manifest') ? new Response(endless) : undefined);
    await expect(test.device.poll()).rejects.toMatchObject({ code: 'response_invalid' });
    await expectOldStillServes();
  });
});

describe('a modulator is refused', () => {
  async function expectFailed(code: string, modulator: TestModulator = next): Promise<void> {
    const { outcome, status } = await test.device.poll();
    expect(outcome).toBe('accepted');
    expect(status.slots[0]).toMatchObject({ phase: 'failed', version: 1, failure: { code } });
    expect(lastReport()).toMatchObject({ slot: 'digits', digest: modulator.digest, phase: 'failed', code });
    await expectOldStillServes();
  }
  const publish = (modulator: TestModulator): Promise<unknown> =>
    delivery.publish({ slots: [{ modulator }], version: 11 });
  const flipped = (bytes: Uint8Array): Uint8Array => bytes.map((byte, i) => (i === 700 ? byte ^ 1 : byte));
  /** The file as it is, with a tensor or a field of it changed: its digest and statement are genuine. */
  async function remade(change: Parameters<typeof aModulator>[1]): Promise<TestModulator> {
    return aModulator(base, { version: 2, seed: 2, ...change });
  }

  it.each([
    ['with a flipped bit', flipped],
    ['that is too short', (bytes: Uint8Array) => bytes.slice(0, -1)],
    ['that is too long', (bytes: Uint8Array) => Uint8Array.from([...bytes, 0])],
    ['that is empty', () => new Uint8Array(0)],
    ['that is another file of the same length', (bytes: Uint8Array) => new Uint8Array(bytes.byteLength)],
  ])('%s', async (_, tamper) => {
    await publish(next);
    delivery.blobs.set(next.digest, tamper(next.bytes));
    await expectFailed('blob_tampered');
    expect(await test.store.readBlob(next.digest)).toBeUndefined();
  });

  it('that is endless', async () => {
    await publish(next);
    let sent = 0;
    const endless = new ReadableStream<Uint8Array>({
      pull: (controller) => {
        sent += 1000;
        controller.enqueue(new Uint8Array(1000));
      },
    });
    delivery.intercept = ({ path }) => (path.includes('blobs') ? new Response(endless) : undefined);
    await expectFailed('blob_tampered');
    expect(sent).toBeLessThan(next.bytes.byteLength + 5000);
  });

  it('that breaks the format, though its digest is right', async () => {
    const bytes = next.bytes.slice(0, -8);
    await publish({ ...next, bytes, digest: await digestOf(bytes) });
    const { status } = await test.device.poll();
    expect(status.slots[0]).toMatchObject({ phase: 'failed', failure: { code: 'artifact_invalid' } });
    await expectOldStillServes();
  });

  it('that fits no layer of the base', async () => {
    const shape = [9, 1];
    const misfit = new Map([['conv1/A', { shape, data: new Float32Array(9) }]]);
    const golden = new Map([[GOLDEN_LOGITS, { shape: [4, 3], data: new Float32Array(12) }]]);
    const modulator = await remade({ tensors: new Map([...misfit, ...golden]) });
    await publish(modulator);
    await expectFailed('artifact_invalid', modulator);
  });

  it('that was made for another base', async () => {
    const modulator = await remade({ file: { baseDigest: otherBase.digest } });
    await publish(modulator);
    await expectFailed('base_mismatch', modulator);
  });

  it('that was made for another task', async () => {
    const modulator = await remade({ file: { task: 'letters' } });
    await publish(modulator);
    await expectFailed('statement_mismatch', modulator);
  });

  it('whose encoding is not the one announced', async () => {
    await delivery.publish({ slots: [{ modulator: next, changes: { encoding: 'i8' } }], version: 11 });
    await expectFailed('statement_mismatch');
  });

  it('whose labels are not those announced', async () => {
    const { labelsDigest } = await aModulator(base, { labels: ['a', 'b', 'c'] });
    await publish({ ...next, labelsDigest });
    await expectFailed('labels_mismatch');
  });

  it('that does not compute here what it computed at the trainer', async () => {
    const { tensors, ...header } = decodeModulator(next.bytes);
    const golden = tensors.get(GOLDEN_LOGITS);
    const off = {
      shape: [4, 3],
      data: Float32Array.from(golden?.data ?? [], (value, i) => value + (i === 7 ? 0.5 : 0)),
    };
    const bytes = encodeModulator({ ...header, tensors: new Map([...tensors, [GOLDEN_LOGITS, off]]) });
    const modulator = { ...next, bytes, digest: await digestOf(bytes) };
    await publish(modulator);
    await expectFailed('golden_mismatch', modulator);
    expect(lastReport()?.selfTest).toEqual({ passed: false, maxError: expect.closeTo(0.5, 3) });
  });

  it('that its server does not have', async () => {
    await publish(next);
    delivery.blobs.delete(next.digest);
    await expectFailed('download_failed');
  });

  it('and not fetched again until its time has come', async () => {
    await publish(next);
    delivery.blobs.set(next.digest, flipped(next.bytes));
    await expectFailed('blob_tampered');
    const fetched = delivery.count('blobs');
    await test.device.poll();
    await test.device.poll();
    expect(delivery.count('blobs')).toBe(fetched);

    delivery.blobs.set(next.digest, next.bytes);
    clock = new Date(Date.parse(test.device.status().slots[0]?.failure?.retryAt ?? ''));
    expect((await test.device.poll()).status.slots[0]).toMatchObject({ phase: 'active', version: 2, failure: null });
    expect(delivery.count('blobs')).toBe(fetched + 1);
  });

  it('later and later while it stays wrong', async () => {
    await publish(next);
    delivery.blobs.set(next.digest, flipped(next.bytes));
    const waits: number[] = [];
    for (let i = 0; i < 3; i++) {
      await test.device.poll();
      const retryAt = new Date(Date.parse(test.device.status().slots[0]?.failure?.retryAt ?? ''));
      waits.push(retryAt.getTime() - clock.getTime());
      clock = retryAt;
    }
    expect(waits[0]).toBeGreaterThan(60_000);
    expect(waits.map((wait) => wait / (waits[0] ?? NaN))).toEqual([1, 2, 4]);
  });

  it('without holding up the other slots', async () => {
    const letters = await aModulator(base, { task: 'letters', seed: 3 });
    await delivery.publish({ slots: [{ modulator: next }, { modulator: letters }], version: 11 });
    delivery.blobs.set(next.digest, flipped(next.bytes));
    const { status } = await test.device.poll();
    expect(status.slots.map(({ task, phase }) => [task, phase])).toEqual([
      ['digits', 'failed'],
      ['letters', 'active'],
    ]);
    expect(await test.device.classify('letters', images(1))).toHaveLength(1);
    await expectOldStillServes();
  });
});
