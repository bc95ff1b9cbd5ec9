import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expectDocumented } from '@kernelcast/testing';
import { TRUST_ERROR_CODES } from '@kernelcast/trust';
import { DEVICE_ERROR_CODES } from './device.errors.js';
import type { Attack } from './testing/attacks/attack.js';
import { MANIFEST_ATTACKS } from './testing/attacks/manifest-attacks.js';
import { MODULATOR_ATTACKS } from './testing/attacks/modulator-attacks.js';
import { STATEMENT_ATTACKS } from './testing/attacks/statement-attacks.js';
import { servingDevice } from './testing/serving-device.js';
import type { ServingDevice } from './testing/serving-device.js';
import { images } from './testing/test-device.js';

let test: ServingDevice;
beforeEach(async () => {
  test = await servingDevice();
});
afterEach(() => test.device.close());

const cases = (attacks: readonly Attack[]): [string, Attack][] => attacks.map((attack) => [attack.attack, attack]);

/** The last good version gives the same answers, and a restart would find it in the store. */
async function expectOldStillServes(): Promise<void> {
  expect(await test.device.classify('digits', images(4))).toEqual(test.answers);
  const [slot] = test.device.status().slots;
  expect(slot).toMatchObject({ task: 'digits', version: 1, digest: test.good.digest });
  expect(await test.store.readBlob(test.good.digest)).toEqual(test.good.bytes);
}

async function expectManifestRefused({ code, prepare }: Attack): Promise<void> {
  await prepare(test);
  expect(await test.device.poll()).toMatchObject({ outcome: 'refused', refusal: { code } });
  expect(test.device.status().manifestVersion).toBe(10);
  expect(test.delivery.count('blobs')).toBe(1);
  await expectOldStillServes();
  expect(test.lastReport()).toMatchObject({ slot: '*', digest: null, phase: 'failed', code });
}

describe('a device refuses a manifest', () => {
  it.each(cases(MANIFEST_ATTACKS))('with %s', (_, attack) => expectManifestRefused(attack));
});

describe('a device refuses a statement', () => {
  it.each(cases(STATEMENT_ATTACKS))('with %s', (_, attack) => expectManifestRefused(attack));
});

describe('a device refuses a modulator', () => {
  it.each(cases(MODULATOR_ATTACKS))('that is %s', async (_, { code, prepare }) => {
    await prepare(test);
    const { outcome, status } = await test.device.poll();
    expect(outcome).toBe('accepted');
    expect(status.slots[0]).toMatchObject({ phase: 'failed', version: 1, failure: { code } });
    expect(test.lastReport()).toMatchObject({ slot: 'digits', phase: 'failed', code });
    if (code === 'blob_tampered') expect(await test.store.readBlob(test.next.digest)).toBeUndefined();
    await expectOldStillServes();
  });
});

it.each([
  ['manifest', MANIFEST_ATTACKS],
  ['statement', STATEMENT_ATTACKS],
  ['modulator', MODULATOR_ATTACKS],
])('the refusals of a %s are those in the docs', (subject, attacks) => {
  const rows = attacks.map(({ attack, code }) => [attack, `\`${code}\``]);
  expectDocumented('docs/security-device.md', subject, [['attack', 'refused with'], ...rows]);
});

it('every code that a device gives is explained in the docs', () => {
  const docs = ['device-sdk.md', 'formats/manifest.md'].map((file) =>
    readFileSync(path.resolve(import.meta.dirname, '../../../docs', file), 'utf8'),
  );
  const ofServices = ['credential_invalid', 'credential_expired', 'seal_invalid', 'order_invalid'];
  const codes = [...DEVICE_ERROR_CODES, ...TRUST_ERROR_CODES].filter((code) => !ofServices.includes(code));
  expect(codes.filter((code) => !docs.join().includes(`\`${code}\``))).toEqual([]);
});
