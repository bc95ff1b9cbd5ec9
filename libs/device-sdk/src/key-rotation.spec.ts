import type { TrustRoot } from '@kernelcast/contracts';
import { generateSigningKey, importSigner, signTrustRoot, type Signer } from '@kernelcast/trust';
import { servingDevice, type ServingDevice } from './testing/serving-device.js';
import { images, openDevice } from './testing/test-device.js';

type Keys = TrustRoot['keys'];

let test: ServingDevice;
let next: { key: Keys[number]; signer: Signer };
beforeEach(async () => {
  test = await servingDevice();
  const made = await generateSigningKey();
  next = { key: { kid: made.kid, role: 'release', publicKey: made.publicKey }, signer: await importSigner(made) };
});
afterEach(() => test.device.close());

/** Offers a manifest of the next version, signed by the next release key, with a trust root beside it. */
const offer = async (version: number, trusted: Keys, signers: readonly Signer[]) => {
  const trustRoot = await signTrustRoot({ version, keys: trusted }, signers);
  const changes = { trustRoot };
  return test.delivery.publish({ slots: [{ modulator: test.next }], version: 10 + version, changes, statementSigner: next.signer }); // prettier-ignore
};
const oldKeys = (): Keys => test.delivery.root.keys;

describe('a device learns a new release key', () => {
  it('by the word of the one it trusts, and accepts in the same manifest what the new one signed', async () => {
    await offer(1, [...oldKeys(), next.key], [test.delivery.releaseKey]);
    expect(await test.device.poll()).toMatchObject({ outcome: 'accepted' });
    expect(test.device.status().slots[0]).toMatchObject({ version: test.next.version });
  });

  it('not by the word of the new one itself, nor of the manifest key', async () => {
    for (const signer of [next.signer, test.delivery.manifestKey]) {
      await offer(1, [...oldKeys(), next.key], [signer]);
      expect(await test.device.poll()).toMatchObject({ outcome: 'refused', refusal: { code: 'key_unknown' } });
    }
    expect(await test.device.classify('digits', images(4))).toEqual(test.answers);
  });

  it('and trusts the old one no more when it is told so; what runs is vouched for anew and loads after a restart', async () => {
    const { good, delivery } = test;
    const manifestKeys = oldKeys().filter(({ role }) => role === 'manifest');
    const trustRoot = await signTrustRoot({ version: 1, keys: [...manifestKeys, next.key] }, [delivery.releaseKey, next.signer]); // prettier-ignore
    await delivery.publish({ slots: [{ modulator: good }], version: 11, changes: { trustRoot }, statementSigner: next.signer }); // prettier-ignore
    expect(await test.device.poll()).toMatchObject({ outcome: 'accepted' });
    const { device: restarted } = await openDevice(delivery, test.base, { store: test.store });
    expect(await restarted.classify('digits', images(4))).toEqual(test.answers);
    await restarted.close();
    await delivery.publish({ slots: [{ modulator: test.next }], version: 12 });
    expect(await test.device.poll()).toMatchObject({ outcome: 'refused', refusal: { code: 'key_unknown' } });
  });
});
