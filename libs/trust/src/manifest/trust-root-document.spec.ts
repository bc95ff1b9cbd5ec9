import type { TrustRoot } from '@kernelcast/contracts';
import { generateSigningKey, importSigner, type Signer } from '../keys/signing-key.js';
import { newerTrustRoot, signTrustRoot } from './trust-root-document.js';

type Key = TrustRoot['keys'][number];

async function aKey(role: Key['role']): Promise<{ key: Key; signer: Signer }> {
  const made = await generateSigningKey();
  return { key: { kid: made.kid, role, publicKey: made.publicKey }, signer: await importSigner(made) };
}

describe('a trust root that a device is offered', () => {
  let [a, b, c, manifest]: Awaited<ReturnType<typeof aKey>>[] = [];
  const some = <T>(value: T | undefined): T => {
    if (value === undefined) throw new Error('not made');
    return value;
  };
  const root = (version: number, ...made: (typeof a)[]): TrustRoot => ({
    version,
    keys: made.map((key) => some(key).key),
  });
  const signed = (version: number, keys: (typeof a)[], signers: (typeof a)[]) =>
    signTrustRoot({ ...root(version, ...keys), version }, signers.map((key) => some(key).signer)); // prettier-ignore

  beforeAll(async () => {
    [a, b, c] = await Promise.all([aKey('release'), aKey('release'), aKey('release')]);
    manifest = await aKey('manifest');
  });

  it('is trusted when a release key vouches for it that the device knows', async () => {
    const offered = await signed(1, [a, b, manifest], [a, b]);
    await expect(newerTrustRoot({ keys: root(0, a, manifest).keys }, offered)).resolves.toEqual(
      root(1, a, b, manifest),
    );
  });

  it('reaches a device that was away for two changes of keys', async () => {
    const offered = await signed(3, [b, c], [a, b, c]);
    await expect(newerTrustRoot(root(0, a), offered)).resolves.toEqual(root(3, b, c));
  });

  it('is not trusted when it is older or the same, so that a compromised key does not come back', async () => {
    const offered = await signed(2, [a, b], [a, b]);
    await expect(newerTrustRoot(root(2, b), offered)).resolves.toBeUndefined();
    await expect(newerTrustRoot(root(3, b), offered)).resolves.toBeUndefined();
  });

  it('is not trusted on the word of an unknown key, nor of a manifest key', async () => {
    await expect(newerTrustRoot(root(0, a), await signed(1, [b], [b]))).resolves.toBeUndefined();
    const held = root(0, a, manifest);
    await expect(newerTrustRoot(held, await signed(1, [b], [manifest]))).resolves.toBeUndefined();
  });

  it('is not trusted when it was changed, and a broken one does not hide a good one', async () => {
    const [good] = await signed(1, [a, b], [a]);
    const broken = { ...good, payload: Buffer.from('{"version":9}').toString('base64url') };
    await expect(newerTrustRoot(root(0, a), [broken])).resolves.toBeUndefined();
    await expect(newerTrustRoot(root(0, a), [broken, null, good])).resolves.toEqual(root(1, a, b));
  });
});
