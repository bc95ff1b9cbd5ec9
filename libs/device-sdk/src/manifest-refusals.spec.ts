import type { Publication } from './testing/fake-delivery.js';
import { servingDevice } from './testing/serving-device.js';
import type { ServingDevice } from './testing/serving-device.js';
import { images, openDevice } from './testing/test-device.js';

/** What `attacks.int.spec.ts` does not tell: what went before a refusal, and what comes after. */
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

describe('a manifest is refused', () => {
  const attack = (changes: Partial<Publication> = {}): Promise<unknown> =>
    test.delivery.publish({ slots: [{ modulator: test.next }], version: 11, ...changes });

  it('that was replayed: an older one, genuine in its time', async () => {
    const old = test.delivery.manifest;
    await test.delivery.publish({ slots: [{ modulator: test.next }], version: 11 });
    await test.device.poll();
    test.delivery.manifest = old;
    const result = await test.device.poll();
    expect(result).toMatchObject({ outcome: 'refused', refusal: { code: 'manifest_downgraded' } });
    expect(test.device.status().slots[0]).toMatchObject({ version: 2, digest: test.next.digest, phase: 'active' });
    expect(test.lastReport()).toMatchObject({ slot: '*', code: 'manifest_downgraded' });
  });

  it('of another group than the first one accepted, by a device that was not told its group', async () => {
    const { copies } = await test.store.readDocument('identity');
    const { groupId: _, ...identity } = copies[0] as { groupId: string };
    await test.store.writeDocument('identity', identity);
    const { device } = await openDevice(test.delivery, test.base, { store: test.store });
    await attack({ changes: { group: 'grp_other' } });
    expect(await device.poll()).toMatchObject({ outcome: 'refused', refusal: { code: 'group_mismatch' } });
    await attack();
    expect(await device.poll()).toMatchObject({ outcome: 'accepted' });
    await device.close();
  });

  it('of another cohort with the version it has, as the cohort may run what this device left behind', async () => {
    await test.delivery.publish({ slots: [{ modulator: test.next }], version: 11 });
    await test.device.poll();
    await test.delivery.publish({ slots: [{ modulator: test.good }], version: 11, changes: { cohort: 'coh_2' } });
    expect(await test.device.poll()).toMatchObject({ outcome: 'refused', refusal: { code: 'cohort_mismatch' } });
    expect(test.device.status().slots[0]).toMatchObject({ version: 2, phase: 'active' });
    await test.delivery.publish({ slots: [{ modulator: test.good }], version: 12, changes: { cohort: 'coh_2' } });
    expect(await test.device.poll()).toMatchObject({ outcome: 'accepted' });
  });

  it('and reported once, however often it is sent', async () => {
    await attack({ manifestSigner: test.delivery.strangerKey });
    await test.device.poll();
    const count = test.delivery.reports.length;
    await test.device.poll();
    expect(test.delivery.reports).toHaveLength(count);
    await attack({ manifestSigner: test.delivery.strangerKey, version: 13 });
    await test.device.poll();
    expect(test.delivery.reports).toHaveLength(count + 1);
  });

  it('and does not push other reports out while they cannot be delivered', async () => {
    let page = 0;
    test.delivery.intercept = ({ path }) =>
      path.includes('manifest') ? new Response(`<html>portal ${page++}`) : new Response(null, { status: 502 });
    for (let i = 0; i < 5; i++) await test.device.poll();
    expect(test.device.status().pendingReports).toBe(1);
  });

  it('and is no end: the next good one is accepted', async () => {
    await attack({ manifestSigner: test.delivery.strangerKey });
    await test.device.poll();
    await attack();
    expect(await test.device.poll()).toMatchObject({ outcome: 'accepted' });
    expect(test.device.status().slots[0]).toMatchObject({ version: 2, phase: 'active' });
  });

  it('in silence beyond its size', async () => {
    const endless = new Uint8Array(2 ** 21).fill(0x20);
    test.delivery.intercept = ({ path }) => (path.includes('manifest') ? new Response(endless) : undefined);
    await expect(test.device.poll()).rejects.toMatchObject({ code: 'response_invalid' });
    await expectOldStillServes();
  });
});
