import { NOW } from './testing/fake-delivery.js';
import type { Publication } from './testing/fake-delivery.js';
import { aModulator } from './testing/modulators.js';
import { servingDevice } from './testing/serving-device.js';
import type { ServingDevice } from './testing/serving-device.js';
import { images, openDevice } from './testing/test-device.js';
import { tinyBase } from './testing/tiny-base.js';

const HOUR_MS = 3_600_000;
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
  async function expectRefused(code: string): Promise<void> {
    const result = await test.device.poll();
    expect(result).toMatchObject({ outcome: 'refused', refusal: { code } });
    expect(test.lastReport()).toMatchObject({ slot: '*', digest: null, phase: 'failed', code });
    expect(test.device.status().manifestVersion).toBe(10);
    expect(test.delivery.count('blobs')).toBe(1);
    await expectOldStillServes();
  }
  const attack = (changes: Partial<Publication> = {}): Promise<unknown> =>
    test.delivery.publish({ slots: [{ modulator: test.next }], version: 11, ...changes });

  it('with a payload that was changed', async () => {
    const jws = await test.delivery.publish({ slots: [{ modulator: test.next }], version: 11 });
    const payload = JSON.parse(Buffer.from(jws.payload, 'base64url').toString()) as { version: number };
    payload.version = 12;
    test.delivery.manifest = { ...jws, payload: Buffer.from(JSON.stringify(payload)).toString('base64url') };
    await expectRefused('signature_invalid');
  });

  it('with a flipped bit in its signature', async () => {
    const jws = await test.delivery.publish({ slots: [{ modulator: test.next }], version: 11 });
    const signature = Buffer.from(jws.signature, 'base64url');
    signature[5] = (signature[5] ?? 0) ^ 1;
    test.delivery.manifest = { ...jws, signature: signature.toString('base64url') };
    await expectRefused('signature_invalid');
  });

  it('signed by a stranger', async () => {
    await attack({ manifestSigner: test.delivery.strangerKey });
    await expectRefused('key_unknown');
  });

  it('signed by the release key, which may not sign manifests', async () => {
    await attack({ manifestSigner: test.delivery.releaseKey });
    await expectRefused('key_unknown');
  });

  it('with a statement by the manifest key, which may not approve versions', async () => {
    await attack({ statementSigner: test.delivery.manifestKey });
    await expectRefused('key_unknown');
  });

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

  it('that has a lower version than the one accepted', async () => {
    await attack({ version: 9 });
    await expectRefused('manifest_downgraded');
  });

  it('of another group, though it is newer and fits in everything else', async () => {
    await attack({ changes: { group: 'grp_other' } });
    await expectRefused('group_mismatch');
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

  it('that has expired', async () => {
    await attack({ changes: { expiresAt: new Date(NOW.getTime() - HOUR_MS).toISOString() } });
    await expectRefused('manifest_expired');
  });

  it('that has expired, even when the clock was set back to before it did', async () => {
    await attack({ changes: { expiresAt: new Date(NOW.getTime() - HOUR_MS).toISOString() } });
    test.clock = new Date(0);
    await expectRefused('manifest_expired');
  });

  it('for a base the device does not hold', async () => {
    await attack({ slots: [{ modulator: await aModulator(await tinyBase(2), { version: 2 }) }] });
    await expectRefused('base_mismatch');
  });

  it.each([
    ['digest', { modulatorDigest: `sha256:${'d'.repeat(64)}` as const }],
    ['base', { baseDigest: `sha256:${'d'.repeat(64)}` as const }],
    ['task', { task: 'letters' }],
    ['version', { version: 3 }],
  ])('with a genuine statement about another %s', async (_, claims) => {
    await attack({ slots: [{ modulator: test.next, claims }] });
    await expectRefused('statement_mismatch');
  });

  it.each([
    ['is no JSON', 'not json'],
    ['is no JWS', '{"payload":"e30"}'],
    ['is nothing', ''],
  ])('that %s', async (_, body) => {
    test.delivery.intercept = ({ path }) => (path.includes('manifest') ? new Response(body) : undefined);
    await expectRefused('manifest_malformed');
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
