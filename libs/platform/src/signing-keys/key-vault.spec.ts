import { randomBytes } from 'node:crypto';
import { signBytes, verifyBytes } from '@kernelcast/trust';
import { kekIdOf, SealedKeyVault } from './key-vault.js';

const message = new TextEncoder().encode('a statement');
const refusal = expect.objectContaining({ code: 'seal_invalid' });

describe('a vault of sealed keys', () => {
  const [oldKek, newKek] = [randomBytes(32), randomBytes(32)];
  const [before, after] = [new SealedKeyVault(oldKek), new SealedKeyVault(newKek)];
  const signs = async (vault: SealedKeyVault, key: Awaited<ReturnType<typeof vault.generate>>) =>
    verifyBytes(message, await signBytes(message, await vault.signer(key)), key.publicKey);

  it('signs by the keys that it made, says which key sealed them, and opens no others', async () => {
    const key = await before.generate();
    expect(key.sealedBy).toBe(kekIdOf(oldKek));
    await expect(signs(before, key)).resolves.toBe(true);
    await expect(after.signer(key)).rejects.toEqual(refusal);
  });

  it('seals keys anew when the key-encryption key changes, and only then', async () => {
    const key = await before.generate();
    const moved = after.reseal(key, before) ?? key;
    expect(moved.sealedBy).toBe(kekIdOf(newKek));
    await expect(signs(after, moved)).resolves.toBe(true);
    await expect(before.signer(moved)).rejects.toEqual(refusal);
    expect(after.reseal(moved, before)).toBeUndefined();
  });

  it('seals keys anew that do not say what sealed them', async () => {
    for (const vault of [before, after]) {
      const unnamed = { ...(await vault.generate()), sealedBy: null };
      await expect(signs(after, after.reseal(unnamed, before) ?? unnamed)).resolves.toBe(true);
    }
    const foreign = await new SealedKeyVault(randomBytes(32)).generate();
    expect(() => after.reseal({ ...foreign, sealedBy: null }, before)).toThrow(refusal);
  });
});
