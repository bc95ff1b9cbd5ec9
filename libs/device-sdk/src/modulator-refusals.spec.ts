import { digestOf, encodeModulator, decodeModulator, GOLDEN_LOGITS } from '@kernelcast/artifact';
import { aModulator } from './testing/modulators.js';
import type { TestModulator } from './testing/modulators.js';
import { servingDevice } from './testing/serving-device.js';
import type { ServingDevice } from './testing/serving-device.js';
import { images } from './testing/test-device.js';

/** What `attacks.int.spec.ts` does not tell: what it costs, and when it is tried again. */
let test: ServingDevice;
beforeEach(async () => {
  test = await servingDevice();
});
afterEach(() => test.device.close());

/** The last good version runs on and gives the same answers. */
async function expectOldStillServes(): Promise<void> {
  expect(await test.device.classify('digits', images(4))).toEqual(test.answers);
  const [slot] = test.device.status().slots;
  expect(slot).toMatchObject({ task: 'digits', version: 1, digest: test.good.digest });
}

describe('a modulator is refused', () => {
  async function expectFailed(code: string, modulator: TestModulator = test.next): Promise<void> {
    const { outcome, status } = await test.device.poll();
    expect(outcome).toBe('accepted');
    expect(status.slots[0]).toMatchObject({ phase: 'failed', version: 1, failure: { code } });
    expect(test.lastReport()).toMatchObject({ slot: 'digits', digest: modulator.digest, phase: 'failed', code });
    await expectOldStillServes();
  }
  const publish = (modulator: TestModulator): Promise<unknown> =>
    test.delivery.publish({ slots: [{ modulator }], version: 11 });
  const flipped = (bytes: Uint8Array): Uint8Array => bytes.map((byte, i) => (i === 700 ? byte ^ 1 : byte));
  it('that is larger than any can be, before a byte of it is fetched', async () => {
    await test.delivery.publish({ slots: [{ modulator: test.next, changes: { size: 2 ** 40 } }], version: 11 });
    const fetched = test.delivery.count('blobs');
    await expectFailed('artifact_invalid');
    expect(test.delivery.count('blobs')).toBe(fetched);
  });

  it('that is endless', async () => {
    await publish(test.next);
    let sent = 0;
    const endless = new ReadableStream<Uint8Array>({
      pull: (controller) => {
        sent += 1000;
        controller.enqueue(new Uint8Array(1000));
      },
    });
    test.delivery.intercept = ({ path }) => (path.includes('blobs') ? new Response(endless) : undefined);
    await expectFailed('blob_tampered');
    expect(sent).toBeLessThan(test.next.bytes.byteLength + 5000);
  });

  it('that does not compute here what it computed at the trainer', async () => {
    const { tensors, ...header } = decodeModulator(test.next.bytes);
    const golden = tensors.get(GOLDEN_LOGITS);
    const off = {
      shape: [4, 3],
      data: Float32Array.from(golden?.data ?? [], (value, i) => value + (i === 7 ? 0.5 : 0)),
    };
    const bytes = encodeModulator({ ...header, tensors: new Map([...tensors, [GOLDEN_LOGITS, off]]) });
    const modulator = { ...test.next, bytes, digest: await digestOf(bytes) };
    await publish(modulator);
    await expectFailed('golden_mismatch', modulator);
    expect(test.lastReport()?.selfTest).toEqual({ passed: false, maxError: expect.closeTo(0.5, 3) });
  });

  it('and not fetched again until its time has come', async () => {
    await publish(test.next);
    test.delivery.blobs.set(test.next.digest, flipped(test.next.bytes));
    await expectFailed('blob_tampered');
    const fetched = test.delivery.count('blobs');
    await test.device.poll();
    await test.device.poll();
    expect(test.delivery.count('blobs')).toBe(fetched);

    test.delivery.blobs.set(test.next.digest, test.next.bytes);
    test.clock = new Date(Date.parse(test.device.status().slots[0]?.failure?.retryAt ?? ''));
    expect((await test.device.poll()).status.slots[0]).toMatchObject({ phase: 'active', version: 2, failure: null });
    expect(test.delivery.count('blobs')).toBe(fetched + 1);
  });

  it('but fetched at once for a newer manifest, whose publisher may have mended it', async () => {
    await publish(test.next);
    test.delivery.blobs.set(test.next.digest, flipped(test.next.bytes));
    await expectFailed('blob_tampered');
    await test.delivery.publish({ slots: [{ modulator: test.next }], version: 12 });
    expect((await test.device.poll()).status.slots[0]).toMatchObject({ phase: 'active', version: 2, failure: null });
  });

  it('later and later while it stays wrong', async () => {
    await publish(test.next);
    test.delivery.blobs.set(test.next.digest, flipped(test.next.bytes));
    const waits: number[] = [];
    for (let i = 0; i < 3; i++) {
      await test.device.poll();
      const retryAt = new Date(Date.parse(test.device.status().slots[0]?.failure?.retryAt ?? ''));
      waits.push(retryAt.getTime() - test.clock.getTime());
      test.clock = retryAt;
    }
    expect(waits[0]).toBeGreaterThan(60_000);
    expect(waits.map((wait) => wait / (waits[0] ?? NaN))).toEqual([1, 2, 4]);
  });

  it('without holding up the other slots', async () => {
    const letters = await aModulator(test.base, { task: 'letters', seed: 3 });
    await test.delivery.publish({ slots: [{ modulator: test.next }, { modulator: letters }], version: 11 });
    test.delivery.blobs.set(test.next.digest, flipped(test.next.bytes));
    const { status } = await test.device.poll();
    expect(status.slots.map(({ task, phase }) => [task, phase])).toEqual([
      ['digits', 'failed'],
      ['letters', 'active'],
    ]);
    expect(await test.device.classify('letters', images(1))).toHaveLength(1);
    await expectOldStillServes();
  });
});
